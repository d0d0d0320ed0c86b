import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { z } from 'zod';

const projectReply = z.looseObject({ id: z.string(), name: z.string(), region_id: z.string() });

/** What a lie may change of a reply. */
const replies = z.looseObject({
  project: projectReply.optional(),
  projects: z.array(projectReply).optional(),
  operations: z.array(z.unknown()).optional(),
  connection_uris: z.array(z.looseObject({ connection_uri: z.string() })).optional(),
  uri: z.string().optional(),
});

export type Reply = z.infer<typeof replies>;

export interface Heard {
  readonly method: string;
  /** Below `/api/v2`, without the query. */
  readonly path: string;
}

export interface LyingNeon {
  readonly url: string;
  /** Every call that came, as it came. */
  readonly heard: readonly Heard[];
  /** Changes the good replies to calls from now on, in place of any lie before; without one, the truth is told. */
  tell(lie?: (call: Heard, reply: Reply) => Reply): void;
  close(): void;
}

/** Stands before an emulator and does what it is asked, but does not tell the truth of it. */
export async function lyingNeon(truth: string): Promise<LyingNeon> {
  const heard: Heard[] = [];
  let lie: (call: Heard, reply: Reply) => Reply = (_, reply) => reply;
  const { origin, pathname } = new URL(truth);
  const server = createServer(async (request, response) => {
    const { method = '', url = '', headers } = request;
    const call = { method, path: new URL(url, origin).pathname.slice(pathname.length) };
    heard.push(call);
    const body = await buffer(request);
    const { authorization = '', 'content-type': type = 'application/json' } = headers;
    const told = await fetch(origin + url, {
      method,
      headers: { authorization, 'content-type': type },
      ...(body.length === 0 ? {} : { body }),
    }).catch(() => undefined);
    // The emulator was told to break off.
    if (told === undefined) return void response.destroy();
    const text = await told.text();
    response.writeHead(told.status, { 'content-type': 'application/json' });
    response.end(told.ok && text !== '' ? JSON.stringify(lie(call, replies.parse(JSON.parse(text)))) : text);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}${pathname}`,
    heard,
    tell(next = (_, reply) => reply) {
      lie = next;
    },
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}
