import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { readyProject, settled } from './stories.js';
import { eventually, type TestEmulator, testEmulator } from './with-emulator.js';

let neon: TestEmulator;
beforeAll(async () => {
  neon = await testEmulator();
});
afterAll(() => neon.stop());
afterEach(() => neon.control('DELETE', '/faults'));

async function fault(effect: object, match: object = { method: 'POST', path: '/projects' }) {
  const response = await neon.control('POST', '/faults', { match, effect });
  expect(response.status).toBe(201);
  return ((await response.json()) as { fault: { id: string } }).fault.id;
}

const create = (name: string, signal?: AbortSignal) =>
  fetch(`${neon.url}/projects`, {
    method: 'POST',
    headers: { authorization: `Bearer ${neon.apiKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({ project: { name } }),
    ...(signal && { signal }),
  });

const named = async (name: string) => (await neon.api('GET', `/projects?search=${name}`)).body.projects;

describe('a fault', () => {
  it('on every method strikes every method, and on one that there is none of is refused', async () => {
    await fault({ kind: 'locked' }, { method: '*', path: '/projects', times: 2 });
    expect((await neon.api('GET', '/projects')).status).toBe(423);
    expect((await create('struck')).status).toBe(423);
    expect((await neon.api('GET', '/projects')).status).toBe(200);
    const match = { method: 'FETCH', path: '/projects' };
    const refused = await neon.control('POST', '/faults', { match, effect: { kind: 'locked' } });
    expect(refused.status).toBe(400);
    expect(await refused.text()).toContain('is none of GET, POST');
  });

  it('applies the call and drops the reply', async () => {
    await fault({ kind: 'drop-after-apply' });
    await expect(create('lost')).rejects.toThrow();
    expect(await named('lost')).toHaveLength(1);
    expect((await create('lost')).status).toBe(201);
    expect(await named('lost')).toHaveLength(2);
  });

  it('applies the call and holds the reply until it is lifted', async () => {
    const id = await fault({ kind: 'hold-after-apply' });
    let answered = false;
    const held = create('held').then((response) => {
      answered = true;
      return response;
    });
    await eventually(
      () => named('held'),
      (projects) => projects.length === 1,
    );
    expect(answered).toBe(false);
    expect((await neon.control('DELETE', `/faults/${id}`)).status).toBe(204);
    expect((await held).status).toBe(201);
  });

  it('holds a call before it applies, and a client that goes has done nothing', async () => {
    await fault({ kind: 'hold-before-apply' });
    const client = new AbortController();
    const held = create('never', client.signal);
    await eventually(
      async () => (await (await neon.control('GET', '/faults')).json()) as { faults: { struck: number }[] },
      ({ faults }) => faults[0]?.struck === 1,
    );
    client.abort();
    await expect(held).rejects.toThrow();
    await eventually(
      async () => (await (await neon.control('GET', '/calls')).json()) as { calls: { status: number }[] },
      ({ calls }) => calls.some(({ status }) => status === 0),
    );
    expect(await named('never')).toEqual([]);
  });

  it('answers with any status, applied or not', async () => {
    await fault({ kind: 'status', status: 524, body: '<html>A timeout occurred</html>', apply: true });
    await fault({
      kind: 'status',
      status: 429,
      headers: { 'retry-after': '2' },
      body: { code: '', message: 'slow down' },
    });
    const timeout = await create('html');
    expect([timeout.status, timeout.headers.get('content-type')]).toEqual([524, 'text/html; charset=utf-8']);
    expect(await timeout.text()).toContain('<html>');
    const refused = await create('html');
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '2']);
    expect(await named('html')).toHaveLength(1);
  });

  it('strikes as often as it is told to', async () => {
    await fault({ kind: 'status', status: 503 }, { method: 'GET', path: '/projects/*', times: 2 });
    const project = await readyProject(neon.api);
    const statuses = [];
    for (let call = 0; call < 3; call++)
      statuses.push(
        (
          await fetch(`${neon.url}/projects/${project.id}`, {
            headers: { authorization: `Bearer ${neon.apiKey}` },
          })
        ).status,
      );
    expect(statuses).toEqual([503, 503, 200]);
  });

  it('makes an operation fail, and cancels what would have followed', async () => {
    await fault({ kind: 'fail-operation', status: 'error', action: 'create_timeline' });
    const { body } = await neon.api('POST', '/projects', { project: {} });
    const operations = await settled(neon.api, body.project.id);
    expect(operations).toMatchObject([
      { action: 'start_compute', status: 'cancelled' },
      { action: 'create_timeline', status: 'error', error: 'injected failure' },
    ]);
  });

  it('makes an operation hang until it is lifted', async () => {
    await fault({ kind: 'hang-operation', action: 'start_compute' });
    const { body } = await neon.api('POST', '/projects', { project: {} });
    const [timeline] = body.operations;
    await eventually(
      () => neon.api('GET', `/projects/${body.project.id}/operations/${timeline.id}`),
      (answer) => answer.body.operation.status === 'finished',
    );
    expect((await neon.api('DELETE', `/projects/${body.project.id}`)).status).toBe(423);
    await neon.control('DELETE', '/faults');
    expect((await settled(neon.api, body.project.id))[0]).toMatchObject({ status: 'finished' });
  });

  it('hides projects from a list and says that it is not whole', async () => {
    const project = await readyProject(neon.api, { name: 'unlisted' });
    await fault(
      { kind: 'incomplete-list', unavailable_project_ids: [project.id] },
      { method: 'GET', path: '/projects' },
    );
    const { body } = await neon.api('GET', '/projects?search=unlisted');
    expect(body).toMatchObject({ projects: [], unavailable_project_ids: [project.id] });
    expect(await named('unlisted')).toHaveLength(1);
  });

  it('is refused when it makes no sense', async () => {
    for (const effect of [{ kind: 'unheard-of' }, { kind: 'status', status: 99 }]) {
      expect((await neon.control('POST', '/faults', { effect })).status).toBe(400);
    }
    const response = await neon.control('POST', '/faults', {
      match: { path: '/^(/' },
      effect: { kind: 'drop-after-apply' },
    });
    expect(response.status).toBe(400);
  });
});

describe('the record of calls', () => {
  it('tells what was asked, by whom and how it was answered', async () => {
    await neon.control('DELETE', '/calls');
    await neon.api('GET', '/projects?limit=1', undefined, { 'x-request-id': 'mine-1' });
    await neon.apiAs('wrong')('GET', '/auth');
    const { calls } = (await (await neon.control('GET', '/calls')).json()) as { calls: object[] };
    expect(calls).toMatchObject([
      { method: 'GET', path: '/projects', status: 200, request_id: 'mine-1', authorization: 'organization' },
      { method: 'GET', path: '/auth', status: 401, authorization: 'none' },
    ]);
  });
});
