import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';
import { z } from 'zod';
import { createNeonClient, type NeonClient, type NeonOptions } from '../../neon/neon-client.js';
import { NeonError } from '../../neon/neon-error.js';

export interface HeardRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface NeonServer {
  readonly url: string;
  /** What came over the socket so far. */
  readonly heard: readonly HeardRequest[];
  client(options?: Partial<NeonOptions>): NeonClient;
}

/** An HTTP server that says what a test wants Neon to say. It is gone with the test. */
export async function neonServer(
  answer: (response: ServerResponse, request: HeardRequest) => void,
): Promise<NeonServer> {
  const heard: HeardRequest[] = [];
  const server = createServer(async (request, response) => {
    const { method = '', url = '', headers } = request;
    const whole = { method, url, headers, body: await text(request) };
    heard.push(whole);
    answer(response, whole);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}/api/v2`;
  return { url, heard, client: (options) => createNeonClient({ apiKey, host: url, ...options }) };
}

export const apiKey = 'napi_hunter2hunter2hunter2';

/** An address at which nobody listens: it was ours a moment ago. */
export async function deafUrl(): Promise<string> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return `http://127.0.0.1:${port}/api/v2`;
}

export function reply(response: ServerResponse, status: number, body: unknown, headers = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
}

/** A call to ask with, and one to change something with. */
export const ask = { method: 'GET', path: '/projects', reply: z.object({ id: z.string() }) } as const;
export const change = { ...ask, method: 'POST', body: { project: { name: 'acme' } } } as const;

/** The error that a call ends in. Throws when it ends well, or in an error of another kind. */
export async function neonErrorOf(call: Promise<unknown>): Promise<NeonError> {
  const outcome = await call.catch((error: unknown) => error);
  if (outcome instanceof NeonError) return outcome;
  throw new Error('the call did not end in a NeonError', { cause: outcome });
}
