import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { check } from '../conformance.js';

export interface Witness {
  /** In place of the emulator's own. */
  readonly url: string;
  /** What either side has said that Neon's description does not know. */
  readonly objections: readonly string[];
  /** `GET /projects` and so on, in order. */
  readonly calls: readonly string[];
  close(): void;
}

/** Stands between a client that we did not write and the emulator, and holds every exchange against the description. */
export async function witness(emulatorUrl: string, client: string): Promise<Witness> {
  const objections: string[] = [];
  const calls: string[] = [];
  const prefix = new URL(emulatorUrl).pathname;
  const { origin } = new URL(emulatorUrl);

  async function pass(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = 'GET', url = '/' } = request;
    const body = await textOf(request);
    const answer = await fetch(origin + url, {
      method,
      headers: endToEnd(request),
      ...(body !== '' && { body }),
    });
    const text = await answer.text();
    const path = url.slice(prefix.length);
    calls.push(`${method} ${path.split('?', 1)[0]}`);
    try {
      const exchange = { method, path, status: answer.status, request: json(body), reply: json(text) };
      // A page that is no JSON comes from what stands before the API, of which the description says nothing.
      if (!text.startsWith('<')) check(exchange, client);
    } catch (error) {
      objections.push(String(error));
    }
    response.writeHead(answer.status, {
      'content-type': answer.headers.get('content-type') ?? 'application/json',
      'x-neon-ret-request-id': answer.headers.get('x-neon-ret-request-id') ?? '',
    });
    response.end(text);
  }

  const server = createServer((request, response) => {
    // No answer from there is no answer from here.
    pass(request, response).catch(() => response.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no TCP address');
  return {
    url: `http://127.0.0.1:${address.port}${prefix}`,
    objections,
    calls,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request.setEncoding('utf8')) text += chunk;
  return text;
}

const json = (text: string): unknown => {
  if (text === '' || text.startsWith('<')) return undefined;
  return JSON.parse(text);
};

/** The headers that are not about one connection. */
function endToEnd({ headers }: IncomingMessage): Record<string, string> {
  const hop = new Set([
    'host',
    'connection',
    'content-length',
    'transfer-encoding',
    'accept-encoding',
    'expect',
  ]);
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      hop.has(name) || typeof value !== 'string' ? [] : [[name, value]],
    ),
  );
}
