import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { authenticate } from '../wire/authenticate.js';
import type { TlsIdentity } from '../wire/certificate.js';
import { type Hello, hello } from '../wire/hello.js';
import { codeOf, requestCode, startupParameter } from '../wire/messages.js';
import { passedOnStartup } from '../wire/passed-on.js';
import type { SocketPath } from './computes.js';
import { portsToTry } from './ports.js';
import { refusalOf } from './refusal.js';
import type { ScramVerifier } from './scram.js';

export interface GatewayOptions {
  readonly host: string;
  /** The way into a running compute, waking it first. @throws with what the client should read. */
  readonly wake: (endpointId: string) => Promise<SocketPath>;
  readonly identity: TlsIdentity;
  /** What the Postgres behind a socket keeps of a role's password. */
  readonly verifierOf: (socket: SocketPath, role: string) => Promise<ScramVerifier | undefined>;
  /** May keep a client waiting, or turn it away. @throws with what the client should read. */
  readonly greet: (endpointId: string, client: Duplex) => Promise<void>;
  /** Told whenever the last connection of an endpoint has gone. */
  readonly onQuiet: (endpointId: string) => void;
}

interface Door {
  readonly server: Server;
  readonly port: number;
  readonly visitors: Set<Socket>;
  /** Bytes that went to visitors who have left. */
  readonly gone: { bytes: number };
}

/** Whoever has not said in this time who they are is shown out, as by Postgres's `authentication_timeout`. */
const introductionMs = 60_000;

/**
 * One TCP port for each endpoint, open while the compute behind it sleeps. It hears who comes, with TLS or without, and
 * from then on carries bytes and reads none of them.
 */
export class Gateway {
  readonly #options: GatewayOptions;
  readonly #doors = new Map<string, Door>();

  constructor(options: GatewayOptions) {
    this.#options = options;
  }

  /** Opens an endpoint's port: the wanted one when it is free, another when it is not. */
  async open(endpointId: string, wanted = 0): Promise<number> {
    const visitors = new Set<Socket>();
    const gone = { bytes: 0 };
    // Without noDelay an answer in two parts waits 40 ms for the client to have acknowledged the first.
    const server = createServer({ pauseOnConnect: true, allowHalfOpen: true, noDelay: true }, (client) => {
      visitors.add(client);
      client.once('close', () => {
        visitors.delete(client);
        gone.bytes += client.bytesWritten;
        if (visitors.size === 0) this.#options.onQuiet(endpointId);
      });
      void this.#admit(endpointId, client);
    });
    const port = await listenOnFirstFree(server, this.#options.host, portsToTry(wanted));
    this.#doors.set(endpointId, { server, port, visitors, gone });
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

  /** All bytes that have gone out through an endpoint's port. */
  sentOf(endpointId: string): number {
    const door = this.#doors.get(endpointId);
    if (door === undefined) return 0;
    return [...door.visitors].reduce((total, { bytesWritten }) => total + bytesWritten, door.gone.bytes);
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

  async #admit(endpointId: string, socket: Socket): Promise<void> {
    socket.on('error', () => socket.destroy());
    const impatience = setTimeout(() => socket.destroy(), introductionMs);
    const visitor = await hello(socket, this.#options.identity).catch(() => undefined);
    clearTimeout(impatience);
    if (visitor === undefined) socket.destroy();
    else await this.#lead(endpointId, visitor).catch(() => socket.destroy());
  }

  async #lead(endpointId: string, { client, packet, encrypted }: Hello): Promise<void> {
    let path: SocketPath;
    try {
      await this.#options.greet(endpointId, client);
      path = await this.#options.wake(endpointId);
    } catch (error) {
      client.resume();
      client.end(refusalOf(error));
      return;
    }
    if (client.destroyed) return;
    const compute = connect({ path, allowHalfOpen: true });
    bind(client, compute);
    const asksToCancel = codeOf(packet) === requestCode.cancel;
    compute.write(asksToCancel ? packet : passedOnStartup(packet));
    // Without TLS, client and Postgres settle the password between themselves; a request to cancel has none.
    if (encrypted && !asksToCancel) {
      const { identity, verifierOf } = this.#options;
      const verifier = () => verifierOf(path, startupParameter(packet, 'user') ?? '');
      const { channelBinding } = identity;
      if (!(await authenticate({ client, compute, channelBinding, verifier }))) {
        client.end(() => compute.destroy());
        return;
      }
    }
    client.pipe(compute).pipe(client);
  }
}

async function listenOnFirstFree(server: Server, host: string, ports: Iterable<number>): Promise<number> {
  for (const port of ports) {
    const listening = once(server, 'listening');
    server.listen(port, host);
    const taken = await listening.then(
      () => false,
      (error: NodeJS.ErrnoException) => {
        if (error.code !== 'EADDRINUSE') throw error;
        return true;
      },
    );
    const address = server.address();
    if (!taken && address !== null && typeof address !== 'string') return address.port;
  }
  throw new Error('no port is free');
}

/** The end of either is the end of the other. */
function bind(client: Duplex, compute: Socket): void {
  compute.on('error', () => client.destroy());
  compute.once('close', () => client.destroy());
  client.once('close', () => compute.destroy());
}
