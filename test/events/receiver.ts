import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Webhook } from 'standardwebhooks';
import type { EventBody } from '../../client/index.js';

/** A message whose signature was verified. */
export interface Received {
  readonly id: string;
  readonly headers: IncomingHttpHeaders;
  readonly event: EventBody & { readonly data: Readonly<Record<string, unknown>> };
}

export interface Receiver {
  readonly url: string;
  /** Messages that were accepted, in order, those that came twice too. */
  readonly accepted: readonly Received[];
  /** What is answered to a message, by its status. @default 204 */
  answer(status: (message: Received) => number | Promise<number>): void;
  /** What it verifies with; a message that does not verify is answered with 401. */
  secret(secret: string): void;
  /** Every message that came. */
  readonly tries: () => number;
  /** Nobody answers at the address any more. */
  down(): Promise<void>;
  up(): Promise<void>;
  /** What a receiver that takes each id once has taken of a tenant, in order. */
  takenOf(tenant: string): Received[];
}

/** A receiver on this machine, which verifies with the library of Standard Webhooks. */
export async function startReceiver(): Promise<Receiver> {
  const accepted: Received[] = [];
  let tries = 0;
  let webhook: Webhook | undefined;
  let statusOf: (message: Received) => number | Promise<number> = () => 204;
  let server: Server | undefined;
  let port = 0;
  const up = async () => {
    server = createServer(async (request, response) => {
      const parts: Buffer[] = [];
      for await (const part of request) parts.push(part);
      tries += 1;
      const body = Buffer.concat(parts).toString();
      const headers = request.headers;
      let event: Received['event'];
      try {
        event = webhook?.verify(body, headers as Record<string, string>) as Received['event'];
      } catch {
        response.writeHead(401).end();
        return;
      }
      const message = { id: String(headers['webhook-id']), headers, event };
      const status = await statusOf(message);
      if (status < 300) accepted.push(message);
      response.writeHead(status).end();
    });
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    ({ port } = server.address() as AddressInfo);
  };
  await up();
  return {
    url: `http://127.0.0.1:${port}/`,
    accepted,
    tries: () => tries,
    answer: (status) => {
      statusOf = status;
    },
    secret: (secret) => {
      webhook = new Webhook(secret);
    },
    async down() {
      const stopped = server;
      server = undefined;
      stopped?.closeAllConnections();
      await new Promise((resolve) => (stopped === undefined ? resolve(undefined) : stopped.close(resolve)));
    },
    up,
    takenOf(tenant) {
      const seen = new Set<string>();
      return accepted.filter(({ id, event }) => {
        if (event.data.tenant !== tenant || seen.has(id)) return false;
        seen.add(id);
        return true;
      });
    },
  };
}
