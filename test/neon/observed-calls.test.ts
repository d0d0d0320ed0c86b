import { expect, it } from 'vitest';
import type { ObservedCall } from '../../neon/observed-call.js';
import { everyCall } from './every-call.js';
import { ask, deafUrl, neonServer, reply } from './neon-server.js';

async function observing(answer: Parameters<typeof neonServer>[0]) {
  const seen: ObservedCall[] = [];
  const server = await neonServer(answer);
  return { server, seen, client: server.client({ orgId: 'org-1', observe: (call) => seen.push(call) }) };
}

it('every call that there is is observed by its route, with no id and no name in it', async () => {
  const { client, seen, server } = await observing((response) => reply(response, 404, {}));
  for (const call of Object.values(everyCall)) await call(client).catch(() => {});
  expect(seen.length).toBe(server.heard.length);
  expect([...new Set(seen.map(({ route }) => route))].sort()).toEqual([
    'DELETE /projects/{id}',
    'DELETE /projects/{id}/branches/{id}',
    'DELETE /projects/{id}/snapshots/{id}',
    'GET /auth',
    'GET /projects',
    'GET /projects/{id}',
    'GET /projects/{id}/branches',
    'GET /projects/{id}/branches/{id}/databases',
    'GET /projects/{id}/connection_uri',
    'GET /projects/{id}/endpoints',
    'GET /projects/{id}/operations',
    'GET /projects/{id}/snapshots',
    'GET /regions',
    'PATCH /projects/{id}',
    'PATCH /projects/{id}/branches/{id}',
    'PATCH /projects/{id}/endpoints/{id}',
    'POST /projects',
    'POST /projects/{id}/branches',
    'POST /projects/{id}/branches/{id}/restore',
    'POST /projects/{id}/branches/{id}/roles/{id}/reset_password',
    'POST /projects/{id}/branches/{id}/snapshot',
    'POST /projects/{id}/endpoints',
    'POST /projects/{id}/endpoints/{id}/suspend',
    'POST /projects/{id}/recover',
    'POST /projects/{id}/snapshots/{id}/restore',
  ]);
});

it('a call is observed by the status that Neon answered with, whatever became of the answer', async () => {
  const { client, seen } = await observing((response) => reply(response, 200, { not: 'what was asked for' }));
  await expect(client.call(ask)).rejects.toThrow('not what Neon documents');
  expect(seen).toEqual([{ route: 'GET /projects', answer: 200, seconds: expect.any(Number) }]);
});

it('a call that got no answer, or was given up, is observed as such', async () => {
  const { client, seen } = await observing(() => {});
  const stopping = new AbortController();
  const givenUp = client.call({ ...ask, signal: stopping.signal });
  stopping.abort();
  await expect(givenUp).rejects.toThrow();
  const { server } = await observing(() => {});
  const unheard = server.client({ host: await deafUrl(), observe: (call) => seen.push(call) });
  await expect(unheard.call(ask)).rejects.toThrow('ECONNREFUSED');
  expect(seen.map(({ answer }) => answer)).toEqual(['cancelled', 'none']);
});
