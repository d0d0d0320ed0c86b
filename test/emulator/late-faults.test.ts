import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { readyProject } from './stories.js';
import { eventually, type TestEmulator, testEmulator } from './with-emulator.js';

let neon: TestEmulator;
beforeAll(async () => {
  neon = await testEmulator({ compute: false });
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

describe('a call that applies late', () => {
  it('takes effect although its client has gone', async () => {
    await fault({ kind: 'late-apply', ms: 1_500 });
    await expect(create('belated', AbortSignal.timeout(100))).rejects.toThrow();
    expect(await named('belated')).toEqual([]);
    await eventually(
      () => named('belated'),
      (projects) => projects.length === 1,
    );
    const { calls } = (await (await neon.control('GET', '/calls')).json()) as {
      calls: { method: string; status: number }[];
    };
    expect(calls.filter(({ method }) => method === 'POST').at(-1)?.status).toBe(0);
  });

  it('takes effect when the fault is lifted, and answers whoever is still there', async () => {
    const id = await fault({ kind: 'late-apply' });
    const waiting = create('patient');
    await eventually(
      async () => (await (await neon.control('GET', '/faults')).json()) as { faults: { struck: number }[] },
      ({ faults }) => faults[0]?.struck === 1,
    );
    expect(await named('patient')).toEqual([]);
    await neon.control('DELETE', `/faults/${id}`);
    expect((await waiting).status).toBe(201);
    expect(await named('patient')).toHaveLength(1);
  });
});

describe('a refusal on demand', () => {
  it('limits the rate without and with a Retry-After, in seconds or as a date', async () => {
    await fault({ kind: 'rate-limit' });
    await fault({ kind: 'rate-limit', retry_after: 7 });
    await fault({ kind: 'rate-limit', retry_after: 60, retry_after_form: 'date' });
    const refused = [await create('x'), await create('x'), await create('x')];
    expect(refused.map(({ status }) => status)).toEqual([429, 429, 429]);
    const [none, seconds, date] = refused.map(({ headers }) => headers.get('retry-after'));
    expect([none, seconds]).toEqual([null, '7']);
    const wait = Date.parse(date ?? '') - Date.now();
    expect(wait).toBeGreaterThan(50_000);
    expect(wait).toBeLessThanOrEqual(60_000);
    expect(await named('x')).toEqual([]);
  });

  it('answers every mutation with a 423 for a time, and reads as ever', async () => {
    const project = await readyProject(neon.api);
    const path = `/projects/${project.id}`;
    await fault({ kind: 'locked' }, { method: 'PATCH', path: '/projects/**', for_ms: 1_500 });
    const rename = () => neon.api('PATCH', path, { project: { name: 'stormy' } });
    expect((await rename()).body.message).toContain('running conflicting operations');
    expect((await rename()).status).toBe(423);
    expect((await neon.api('GET', path)).status).toBe(200);
    await eventually(rename, ({ status }) => status === 200);
  });
});

describe('an operation', () => {
  it('that fails is tried again, and recovers', async () => {
    await fault({ kind: 'retry-operation', action: 'create_timeline', failures: 2, after_ms: 1_500 });
    const { body } = await neon.api('POST', '/projects', { project: {} });
    const path = `/projects/${body.project.id}/operations/${body.operations[0].id}`;
    const operation = async () => (await neon.api('GET', path)).body.operation;
    const failed = await eventually(operation, ({ status }) => status === 'failed');
    expect(failed).toMatchObject({ error: 'injected failure', failures_count: 1 });
    expect((await neon.api('DELETE', `/projects/${body.project.id}`)).status).toBe(423);
    const done = await eventually(operation, ({ status }) => status === 'finished');
    expect(done).toMatchObject({ failures_count: 2, retry_at: expect.any(String) });
    expect(done).not.toHaveProperty('error');
  });

  it('of the system locks a project that no client has touched', async () => {
    const project = await readyProject(neon.api);
    const check = await neon.control('POST', `/endpoints/${project.endpoint}/check_availability`, {
      duration_ms: 1_500,
    });
    expect(check.status).toBe(201);
    const rename = () => neon.api('PATCH', `/projects/${project.id}`, { project: { name: 'checked' } });
    expect((await rename()).status).toBe(423);
    const { body } = await neon.api('GET', `/projects/${project.id}/operations`);
    expect(body.operations[0]).toMatchObject({ action: 'check_availability', status: 'running' });
    await eventually(rename, ({ status }) => status === 200);
  });

  it('of the system comes by itself when its interval says so', async () => {
    const checked = await testEmulator({ compute: false, timings: { availabilityCheckEvery: 50 } });
    const project = await readyProject(checked.api);
    await eventually(
      () => checked.api('GET', `/projects/${project.id}/operations`),
      ({ body }) => body.operations.some(({ action }: { action: string }) => action === 'check_availability'),
    );
    await checked.stop();
  });
});

describe('the summary of calls', () => {
  it('counts them by second and by route', async () => {
    await neon.control('DELETE', '/calls');
    for (const id of ['one', 'two']) await neon.api('GET', `/projects/${id}`);
    await neon.api('GET', '/projects');
    const summary = (await (await neon.control('GET', '/calls/summary')).json()) as {
      seconds: { count: number }[];
    };
    expect(summary).toMatchObject({
      count: 3,
      statuses: { 200: 1, 404: 2 },
      routes: [
        { method: 'GET', route: '/projects/:project_id', count: 2, statuses: { 404: 2 } },
        { method: 'GET', route: '/projects', count: 1 },
      ],
    });
    expect(summary.seconds.reduce((total, { count }) => total + count, 0)).toBe(3);
  });
});
