import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { path } from '../../neon/neon-client.js';
import { apiKey, ask, change, neonErrorOf, neonServer, reply } from './neon-server.js';

const ok = { id: 'p-1' };
const everyUuid = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

describe('a call', () => {
  it('carries the key, the query and a JSON body', async () => {
    const neon = await neonServer((response) => reply(response, 201, ok));
    await neon.client().call({ ...change, query: { search: 'a&b', limit: 1, cursor: undefined } });
    expect(neon.heard).toMatchObject([
      {
        method: 'POST',
        url: '/api/v2/projects?search=a%26b&limit=1',
        headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
        body: JSON.stringify(change.body),
      },
    ]);
  });

  it('has no body when it is given none', async () => {
    const neon = await neonServer((response) => reply(response, 200, ok));
    await neon.client().call(ask);
    expect(neon.heard[0]?.body).toBe('');
    expect(neon.heard[0]?.headers).not.toHaveProperty('content-type');
  });

  it('bears a request id of its own, by which its error can be found at Neon', async () => {
    const neon = await neonServer((response) => reply(response, 404, { code: '', message: 'gone' }));
    const client = neon.client();
    const errors = [await neonErrorOf(client.call(ask)), await neonErrorOf(client.call(ask))];
    const ids = neon.heard.map(({ headers }) => headers['x-request-id']);
    expect(new Set(ids).size).toBe(2);
    for (const id of ids) expect(id).toMatch(everyUuid);
    expect(errors.map(({ details }) => details.requestId)).toEqual(ids);
  });

  it('resolves to what the reply is documented to hold, without the rest', async () => {
    const neon = await neonServer((response) => reply(response, 200, { ...ok, secret: 'x' }));
    expect(await neon.client().call(ask)).toEqual(ok);
  });

  it('takes an empty reply where none is needed', async () => {
    const neon = await neonServer((response) => void response.writeHead(204).end());
    expect(await neon.client().call({ ...ask, method: 'DELETE', reply: z.unknown() })).toBeUndefined();
  });

  it.each(['GET', 'POST', 'PATCH', 'DELETE'] as const)(
    'is one request, also when a %s fails',
    async (method) => {
      const neon = await neonServer((response) => reply(response, 503, {}, { 'retry-after': '0' }));
      await neonErrorOf(neon.client().call({ ...ask, method }));
      expect(neon.heard).toHaveLength(1);
    },
  );

  it('finds its way under a host that is written with a slash at its end', async () => {
    const neon = await neonServer((response) => reply(response, 200, ok));
    await neon.client({ host: `${neon.url}/` }).call(ask);
    expect(neon.heard[0]?.url).toBe('/api/v2/projects');
  });
});

it('a path has its parts encoded, so that an id cannot lead elsewhere', () => {
  expect(path`/projects/${'../auth?x=1'}/operations`).toBe('/projects/..%2Fauth%3Fx%3D1/operations');
});

describe('an error', () => {
  it("says what was called, what Neon's status and code were, and when to come back", async () => {
    const body = { code: 'PROJECTS_LIMIT_EXCEEDED', message: 'user projects limit of 1 exceeded, got 1' };
    const neon = await neonServer((response) => reply(response, 422, body, { 'retry-after': '7' }));
    const error = await neonErrorOf(neon.client().call(change));
    expect(error).toMatchObject({
      type: 'NeonLimitReached',
      message: `POST /projects: 422 ${body.code} ${body.message}`,
      details: { status: 422, neonCode: body.code },
      retryAfterMs: 7_000,
    });
  });

  it.each([
    { status: 423, headers: {}, options: {}, waits: 3_000 },
    { status: 423, headers: {}, options: { lockedWaitMs: 50 }, waits: 50 },
    { status: 423, headers: { 'retry-after': '7' }, options: { lockedWaitMs: 50 }, waits: 7_000 },
    // When to ask again is then the retry policy's to say.
    { status: 429, headers: {}, options: { lockedWaitMs: 50 }, waits: undefined },
  ])('asks for a wait of $waits ms after $status with $headers and $options', async (seen) => {
    const neon = await neonServer((response) => reply(response, seen.status, {}, seen.headers));
    expect((await neonErrorOf(neon.client(seen.options).call(change))).retryAfterMs).toBe(seen.waits);
  });

  it('comes of the HTML page that the edge in front of Neon answers with', async () => {
    const neon = await neonServer((response) => {
      response.writeHead(524, { 'content-type': 'text/html' }).end('<html><title>A timeout occurred</title>');
    });
    expect((await neonErrorOf(neon.client().call(ask))).type).toBe('NeonUnavailable');
    const error = await neonErrorOf(neon.client().call(change));
    expect(error.type).toBe('NeonOutcomeUnknown');
    expect(error.message).toBe(
      'POST /projects: 524; whether it was done is not known, so the next attempt looks first',
    );
  });

  it('comes of a redirect, which is not followed with the key in hand', async () => {
    const neon = await neonServer((response) => {
      response.writeHead(302, { location: '/api/v2/elsewhere' }).end();
    });
    const error = await neonErrorOf(neon.client().call(ask));
    expect(error).toMatchObject({ type: 'NeonContractViolation', details: { status: 302 } });
    expect(neon.heard.map(({ url }) => url)).toEqual(['/api/v2/projects']);
  });
});

describe('a reply of the wrong shape', () => {
  it('is an error that names the place and not what stands there', async () => {
    const neon = await neonServer((response) => reply(response, 200, { projects: [{ id: 'hunter2' }] }));
    const shape = z.object({ projects: z.array(z.object({ id: z.uuid(), name: z.string() })) });
    const error = await neonErrorOf(neon.client().call({ ...ask, reply: shape }));
    expect(error.type).toBe('NeonContractViolation');
    expect(error.message).toBe(
      'GET /projects: the reply is not what Neon documents, at projects.0.id, projects.0.name',
    );
  });

  it('is an error also when it is no JSON at all', async () => {
    const neon = await neonServer((response) => void response.writeHead(200).end('<html>hello'));
    const error = await neonErrorOf(neon.client().call(ask));
    expect(error.type).toBe('NeonContractViolation');
    expect(error.message).toContain('at the body');
    expect(error.message).not.toContain('hello');
  });
});
