import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A way to a server that can be cut, or go silent: packets are taken, and nothing comes of them. */
export interface BreakableWay {
  readonly port: number;
  /** Ends all connections, and refuses new ones. */
  cut(): Promise<void>;
  /** Connections stay open, and new ones are made; no byte passes. */
  silence(): void;
  /** New connections work again. Those that were there stay as they are. */
  restore(): Promise<void>;
  /** New connections lead there from now on. */
  leadTo(to: Address): void;
  close(): Promise<void>;
}

interface Address {
  readonly host: string;
  readonly port: number;
}

export async function breakableWay(first: Address): Promise<BreakableWay> {
  let to = first;
  const open = new Set<Socket>();
  let silent = false;
  const server = createServer({ noDelay: true }, (near) => {
    const far = connect({ ...to, noDelay: true });
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      open.add(one);
      one.on('error', () => {});
      one.once('close', () => {
        open.delete(one);
        other.destroy();
      });
      one.on('data', (bytes) => {
        if (!silent) other.write(bytes);
      });
    }
  });
  const listen = async (port: number) => {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
  };
  const cut = async () => {
    if (server.listening) server.close();
    for (const socket of open) socket.destroy();
  };
  await listen(0);
  const { port } = server.address() as AddressInfo;
  return {
    port,
    cut,
    silence() {
      silent = true;
    },
    async restore() {
      silent = false;
      if (!server.listening) await listen(port);
    },
    leadTo(other) {
      to = other;
    },
    close: cut,
  };
}
