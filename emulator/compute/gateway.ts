import { connect, createServer, type Server, type Socket } from 'node:net';
import type { SocketPath } from './computes.js';
import { refusal } from './refusal.js';

export interface GatewayOptions {
  readonly host: string;
  /** The way into a running compute, waking it first. @throws with what the client should read. */
  readonly wake: (endpointId: string) => Promise<SocketPath>;
  /** Told whenever the last connection of an endpoint has gone. */
  readonly onQuiet: (endpointId: string) => void;
}

interface Door {
  readonly server: Server;
  readonly port: number;
  readonly visitors: Set<Socket>;
}

/** One TCP port for each endpoint, open while the compute behind it sleeps. It carries bytes and reads none of them. */
export class Gateway {
  readonly #options: GatewayOptions;
  readonly #doors = new Map<string, Door>();

  constructor(options: GatewayOptions) {
    this.#options = options;
  }

  /** Opens an endpoint's port: the wanted one when it is free, another when it is not. */
  async open(endpointId: string, wanted = 0): Promise<number> {
    const visitors = new Set<Socket>();
    const server = createServer({ pauseOnConnect: true, allowHalfOpen: true }, (client) => {
      visitors.add(client);
      client.once('close', () => {
        visitors.delete(client);
        if (visitors.size === 0) this.#options.onQuiet(endpointId);
      });
      void this.#admit(endpointId, client);
    });
    const port = await listen(server, this.#options.host, wanted).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EADDRINUSE') throw error;
      return listen(server, this.#options.host, 0);
    });
    this.#doors.set(endpointId, { server, port, visitors });
    return port;
  }

  /** Opens a port for work that must not be interrupted; closes it again when the work throws. */
  async withPort<T>(endpointId: string, work: (port: number) => T): Promise<T> {
    const port = await this.open(endpointId);
    try {
      return work(port);
    } catch (error) {
      this.close(endpointId);
      throw error;
    }
  }

  visitorsOf(endpointId: string): number {
    return this.#doors.get(endpointId)?.visitors.size ?? 0;
  }

  /** Ends the connections of an endpoint and leaves its door open. */
  turnOut(endpointId: string): void {
    for (const visitor of this.#doors.get(endpointId)?.visitors ?? []) visitor.destroy();
  }

  close(endpointId: string): void {
    this.turnOut(endpointId);
    this.#doors.get(endpointId)?.server.close();
    this.#doors.delete(endpointId);
  }

  closeAll(): void {
    for (const endpointId of [...this.#doors.keys()]) this.close(endpointId);
  }

  async #admit(endpointId: string, client: Socket): Promise<void> {
    client.on('error', () => client.destroy());
    try {
      const path = await this.#options.wake(endpointId);
      if (!client.destroyed) join(client, connect({ path, allowHalfOpen: true }));
    } catch (error) {
      client.resume();
      client.end(refusal(error instanceof Error ? error.message : String(error)));
    }
  }
}

function listen(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      const address = server.address();
      if (address === null || typeof address === 'string') reject(new Error('no TCP address'));
      else resolve(address.port);
    });
  });
}

function join(client: Socket, compute: Socket): void {
  compute.on('error', () => client.destroy());
  compute.once('close', () => client.destroy());
  client.once('close', () => compute.destroy());
  client.pipe(compute).pipe(client);
}
