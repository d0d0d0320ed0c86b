import { Agent, request } from 'node:http';
import type { Asked } from './requests.js';

export interface Heard {
  readonly status: number;
  readonly requestId: string | undefined;
  readonly text: string;
}

const agent = new Agent({ keepAlive: true });
const patienceMs = 10_000;

/** Sends what `fetch` would tidy up first. @throws when there is no answer. */
export function send(baseUrl: string, { method, target, headers, body }: Asked): Promise<Heard> {
  const { hostname, port, pathname } = new URL(baseUrl);
  const length = body === undefined ? {} : { 'content-length': Buffer.byteLength(body) };
  return new Promise((resolve, reject) => {
    const outgoing = request(
      {
        agent,
        hostname,
        port,
        method,
        path: pathname + target,
        headers: { ...headers, ...length },
        timeout: patienceMs,
      },
      (incoming) => {
        let text = '';
        incoming.setEncoding('utf8').on('data', (chunk) => {
          text += chunk;
        });
        incoming.once('error', reject);
        incoming.once('end', () => {
          const id = incoming.headers['x-neon-ret-request-id'];
          resolve({
            status: incoming.statusCode ?? 0,
            requestId: id === undefined ? undefined : String(id),
            text,
          });
        });
      },
    );
    outgoing.once('timeout', () => outgoing.destroy(new Error(`no answer within ${patienceMs} ms`)));
    outgoing.once('error', reject);
    outgoing.end(body);
  });
}
