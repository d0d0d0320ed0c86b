import type { ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { listBranches } from '../../neon/branches.js';
import { connectionUri } from '../../neon/connection-uri.js';
import { path } from '../../neon/neon-client.js';
import { NeonError } from '../../neon/neon-error.js';
import { createProject, deleteProject, findProjectsNamed, getProject } from '../../neon/projects.js';
import { createSnapshot } from '../../neon/snapshots.js';
import { isFailureType } from '../../tenancy/failures.js';
import { withoutAddresses } from '../../tenancy/redact.js';
import { processorMs } from '../support/processor-ms.js';
import { projectRequest } from './emulated.js';
import { everyCall } from './every-call.js';
import { apiKey, ask, change, neonErrorOf, neonServer, reply } from './neon-server.js';

const MiB = 1024 * 1024;
const json = { 'content-type': 'application/json' };
const answer = (response: ServerResponse, status: number, body: string, headers = json) =>
  void response.writeHead(status, headers).end(body);
const time = '2026-03-01T12:00:00Z';
const project = { id: 'ours-1', name: 'ours', region_id: 'aws-us-east-1', created_at: time };
const uri = 'postgresql://app_owner:x@ep-1.aws.neon.tech/app';

const elsewhere = 'http://127.0.0.1:1/api/v2/stolen';

/** Answers that no call takes for good, unless it needs no answer at all. */
const lies: Readonly<Record<string, (response: ServerResponse) => void>> = {
  'a redirect to another host': (response) => void response.writeHead(307, { location: elsewhere }).end(),
  'an HTML page': (response) => answer(response, 200, '<html>It works!', { 'content-type': 'text/html' }),
  'a page that calls itself JSON': (response) => answer(response, 200, '<html>It works!'),
  'JSON that is cut off': (response) => answer(response, 200, '{"projects":[{"id":"ours'),
  null: (response) => answer(response, 200, 'null'),
  'a list of lists': (response) => answer(response, 200, '[[],[]]'),
  'JSON a million levels deep': (response) =>
    answer(response, 200, `${'['.repeat(1_000_000)}${']'.repeat(1_000_000)}`),
  'objects two hundred levels deep': (response) =>
    answer(response, 200, `${'{"project":'.repeat(200)}1${'}'.repeat(200)}`),
  'a prototype': (response) =>
    answer(response, 200, '{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}'),
  'an id that leads upwards, everywhere': (response) => answer(response, 200, everything('..')),
  'an id with a slash in it, everywhere': (response) =>
    answer(response, 200, everything('ours-1/../theirs-2')),
  'an id without an end, everywhere': (response) => answer(response, 200, everything('x'.repeat(200_000))),
  'an error with three million characters of code': (response) =>
    answer(response, 422, JSON.stringify({ code: 'X'.repeat(3_000_000), message: 'y' })),
  'an error with three million characters of message': (response) =>
    answer(response, 400, JSON.stringify({ code: '', message: 'y'.repeat(3_000_000) })),
  'an error that repeats the key': (response) =>
    answer(response, 403, JSON.stringify({ code: apiKey, message: `${apiKey} and Bearer ${apiKey}` })),
  'an error of a code that is no word': (response) =>
    answer(response, 409, JSON.stringify({ code: '\u001b[2J/../<b>', message: '' })),
  'ten thousand things that are wrong': (response) =>
    answer(response, 200, JSON.stringify({ projects: Array(10_000).fill({ id: 7 }) })),
};

/** All that a reply can hold, with one id for all of it. */
function everything(id: string): string {
  const named = { id, name: 'ours', created_at: time };
  const of = { ...named, region_id: id, branch_id: id, default: true, current_state: 'ready', host: 'h' };
  const operations = [{ id, action: 'a', status: 'finished', created_at: time, updated_at: time }];
  return JSON.stringify({
    project: of,
    projects: [of],
    branch: of,
    branches: [of],
    snapshot: of,
    snapshots: [of],
    endpoints: [of],
    databases: [{ name: '', owner_name: '' }],
    regions: [{ region_id: id }],
    operations,
    connection_uris: [{ connection_uri: uri }],
  });
}

/** Deletes that are as good as done whatever Neon says besides. */
const contentWithAnything = ['deleteProject', 'deleteBranch', 'restoreSnapshot'];

describe('every call ends in a failure of the set, short and without the key, when Neon answers with', () => {
  it.each(Object.entries(lies))('%s', async (_, lie) => {
    const neon = await neonServer((response) => lie(response));
    const before = process.cpuUsage();
    for (const [name, call] of Object.entries(everyCall)) {
      const heard = neon.heard.length;
      const outcome = await call(neon.client({ orgId: 'org-1' })).catch((error: unknown) => error);
      expect(neon.heard.length - heard, `${name} is one request`).toBe(1);
      if (outcome instanceof NeonError) {
        expect(isFailureType(outcome.type), outcome.type).toBe(true);
        const written = `${outcome.stack} ${JSON.stringify(outcome)} ${String(outcome.cause)}`;
        expect(written.length, name).toBeLessThan(3_000);
        expect(outcome.message.length, name).toBeLessThan(500);
        expect(written, name).not.toContain(apiKey);
        expect(outcome.details.neonCode ?? '', name).toMatch(/^[A-Za-z0-9_]{0,64}$/);
      } else if (name === 'accessProblem') {
        expect(outcome, name).toMatch(/^NEON_/);
        expect(outcome, name).not.toContain(apiKey);
      } else expect(contentWithAnything, `${name}: ${JSON.stringify(outcome)}`).toContain(name);
    }
    // None of the texts takes time by the square of its length.
    const { user, system } = process.cpuUsage(before);
    expect((user + system) / 1_000).toBeLessThan(15_000);
    expect(neon.heard.every(({ url }) => url.startsWith('/api/v2/') && !url.includes('..'))).toBe(true);
    expect({}).not.toHaveProperty('polluted');
  });

  it('nothing at all', async () => {
    const neon = await neonServer((response) => void response.writeHead(204).end());
    for (const [name, call] of Object.entries(everyCall)) {
      const outcome = await call(neon.client()).catch((error: unknown) => error);
      if (name === 'accessProblem') expect(outcome).toContain('does not answer');
      else if (name === 'deleteProject') expect(outcome).toBeUndefined();
      else if (name === 'deleteBranch') expect(outcome).toEqual([]);
      else expect(outcome, name).toMatchObject({ type: 'NeonContractViolation' });
    }
  });
});

describe('a body without an end', () => {
  const chunk = Buffer.alloc(MiB, ' ');

  function* blanks(sent: (bytes: number) => void) {
    for (let left = 400; left > 0; left--) {
      sent(chunk.length);
      yield chunk;
    }
  }

  it.each([
    [200, ask, 'NeonContractViolation', 'the reply is longer than 8 MiB'],
    [200, change, 'NeonContractViolation', 'the reply is longer than 8 MiB'],
    [404, ask, 'NeonNotFound', '404'],
    [500, change, 'NeonOutcomeUnknown', 'whether it was done is not known'],
  ] as const)('after %i is read for 8 MiB, and memory stays flat', async (status, call, type, says) => {
    let sent = 0;
    const neon = await neonServer((response) => {
      response.writeHead(status, json);
      const count = (bytes: number) => {
        sent += bytes;
      };
      // Blanks are good JSON. Nobody takes all of them.
      pipeline(Readable.from(blanks(count)), response).catch(() => {});
    });
    const before = process.memoryUsage();
    const growth = { rss: 0, arrayBuffers: 0 };
    let watching = true;
    const ended = neonErrorOf(neon.client().call(call)).finally(() => {
      watching = false;
    });
    while (watching) {
      const now = process.memoryUsage();
      growth.rss = Math.max(growth.rss, now.rss - before.rss);
      growth.arrayBuffers = Math.max(growth.arrayBuffers, now.arrayBuffers - before.arrayBuffers);
      await nextTurn();
    }
    const error = await ended;
    expect(error.type).toBe(type);
    expect(error.message).toContain(says);
    // What Node and the kernel had taken in advance is beyond our reach.
    expect(sent).toBeLessThan(40 * MiB);
    expect(growth.rss).toBeLessThan(100 * MiB);
    expect(growth.arrayBuffers).toBeLessThan(60 * MiB);
  });

  it('is not let in by compression either', async () => {
    const bomb = gzipSync(Buffer.alloc(64 * MiB, ' '));
    const neon = await neonServer(
      (response) => void response.writeHead(200, { ...json, 'content-encoding': 'gzip' }).end(bomb),
    );
    const { message } = await neonErrorOf(neon.client().call(ask));
    expect(message).toContain('the reply is longer than 8 MiB');
  });
});

describe('of what is good JSON', () => {
  it('a number beyond all numbers is refused', async () => {
    const operation = { id: 'o-1', action: 'a', status: 'running', created_at: time, updated_at: time };
    const branch = `{"id":"br-1","name":"main","default":true,"current_state":"ready","created_at":"${time}","logical_size":1e999}`;
    const neon = await neonServer((response) =>
      answer(response, 200, `{"branches":[${branch}],"operations":[${JSON.stringify(operation)}]}`),
    );
    expect((await neonErrorOf(listBranches(neon.client(), 'ours-1'))).message).toContain('logical_size');
  });

  it('the last of two equal keys counts, and is checked as any other', async () => {
    const twice = `{"project":{"id":"theirs-2"},"project":{"id":"theirs-2","name":"ours","region_id":"r","created_at":"${time}","pg_version":17,"history_retention_seconds":0}}`;
    const neon = await neonServer((response) => answer(response, 200, twice));
    expect((await neonErrorOf(getProject(neon.client(), 'ours-1'))).message).toContain('at project.id');
  });

  it('a name that is the key goes no further', async () => {
    const named = JSON.stringify({ projects: [{ ...project, name: apiKey }] }).replace('napi', '\\u006eapi');
    const neon = await neonServer((response) => answer(response, 200, named));
    const error = await neonErrorOf(findProjectsNamed(neon.client(), apiKey));
    expect(error.message).toBe('GET /projects: the reply repeats the key');
  });

  it('a content type is not asked for, for only what is in a reply counts', async () => {
    const neon = await neonServer((response) =>
      answer(response, 200, '{"id":"p-1"}', { 'content-type': 'text/html' }),
    );
    expect(await neon.client().call(ask)).toEqual({ id: 'p-1' });
  });
});

describe('a project that is answered', () => {
  it('under an id that was not asked for is not it', async () => {
    const other = { ...project, id: 'theirs-2', pg_version: 17, history_retention_seconds: 0 };
    const neon = await neonServer((response) => reply(response, 200, { project: other }));
    const error = await neonErrorOf(getProject(neon.client(), 'ours-1'));
    expect(error).toMatchObject({ type: 'NeonContractViolation' });
  });

  it('and made with the connection string of another host is not taken', async () => {
    const connection_uris = [{ connection_uri: uri.replace('neon.tech', 'evil.example') }];
    const neon = await neonServer((response) =>
      reply(response, 201, { project, connection_uris, operations: [] }),
    );
    const error = await neonErrorOf(createProject(neon.client(), projectRequest('ours')));
    expect(error.type).toBe('NeonContractViolation');
    expect(error.message).toContain('names the host ep-1.aws.evil.example, which is not below neon.tech');
  });
});

describe('a list of projects', () => {
  const page = (at: number) =>
    Array.from({ length: 400 }, (_, n) => ({ ...project, id: `p-${at}-${n}`, name: 'x' }));

  it.each([
    ['whose cursor stands still', () => 'again', 2],
    ['whose cursors never end', (at: number) => `cursor-${at}`, 101],
  ])('%s comes to an end all the same', async (_, cursorAt, pages) => {
    const neon = await neonServer((response) => {
      const at = neon.heard.length;
      reply(response, 200, { projects: page(at), pagination: { cursor: cursorAt(at) } });
    });
    const error = await neonErrorOf(findProjectsNamed(neon.client(), 'ours'));
    expect(error).toMatchObject({
      type: 'NeonContractViolation',
      message: expect.stringContaining('no end'),
    });
    expect(neon.heard.length).toBe(pages);
  });

  it('of more than was asked for at once is refused', async () => {
    const neon = await neonServer((response) => reply(response, 200, { projects: [...page(0), project] }));
    expect((await neonErrorOf(findProjectsNamed(neon.client(), 'ours'))).message).toContain('at projects');
  });
});

it('a branch that is listed under two names is refused, for one of them may be in use', async () => {
  const branch = { id: 'br-1', default: true, current_state: 'ready', created_at: time };
  const branches = [
    { ...branch, name: 'main' },
    { ...branch, name: 'support/incident', default: false },
  ];
  const neon = await neonServer((response) => reply(response, 200, { branches }));
  expect((await neonErrorOf(listBranches(neon.client(), 'ours-1'))).type).toBe('NeonContractViolation');
});

it('a snapshot that was made under another name is refused', async () => {
  const snapshot = { id: 'snap-1', name: 'theirs', created_at: time };
  const neon = await neonServer((response) => reply(response, 201, { snapshot, operations: [] }));
  const of = { projectId: 'ours-1', branchId: 'br-1', name: 'kept' };
  expect((await neonErrorOf(createSnapshot(neon.client(), of))).message).toContain('at snapshot.name');
});

describe('a path', () => {
  it.each(['', '.', '..'])(
    'refuses the part "%s", which leads elsewhere, before anything is sent',
    async (id) => {
      expect(() => path`/projects/${id}`).toThrow(NeonError);
      const neon = await neonServer((response) => reply(response, 200, {}));
      const error = await neonErrorOf(deleteProject(neon.client(), id));
      expect(error).toMatchObject({ type: 'NeonBadRequest' });
      expect(error.message).toBe(`"${id}" is no id of Neon's, so nothing was sent`);
      expect(neon.heard).toEqual([]);
    },
  );
});

it('a million letters without an address in them are looked through at once', async () => {
  const text = 'a'.repeat(1_000_000);
  expect(withoutAddresses(`${text} x.y+z://secret`)).toBe(`${text} [address]`);
  expect(await processorMs(() => withoutAddresses(`${text} x.y+z://secret`))).toBeLessThan(1_000);
});

it('a connection string is asked for with its own role, and no other is taken', async () => {
  const neon = await neonServer((response) => reply(response, 200, { uri }));
  const of = { projectId: 'ours-1', database: 'app', role: 'another' };
  expect((await neonErrorOf(connectionUri(neon.client(), of))).message).toContain(
    'for another role or database',
  );
});
