import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { projectRequest } from '../../activities/neon/project-request.js';
import type { FaultInput } from '../support/emulator.js';
import { eventually } from '../support/eventually.js';
import { liveProjectsOf } from '../support/live-projects.js';
import { withClient } from '../support/sql.js';
import { quickTimings, startTenantry, type TestTenantry } from '../support/tenantry.js';
import { startKillableWorker } from '../support/worker-process.js';

let t: TestTenantry;

let shared: TestTenantry;

beforeAll(async () => {
  t = shared = await startTenantry();
  await t.startWorker();
});

afterEach(() => shared.emulator.liftFaults());
afterAll(() => shared.stop());

/** A tenant of each test's own. */
let acme: string;
let made = 0;

beforeEach(() => {
  made += 1;
  acme = `acme-${made}`;
});

const create = { method: 'POST', path: '/projects' } as const;
const busy = {
  code: '',
  message: 'project already has running conflicting operations, scheduling of new ones is prohibited',
};
const page = '<html><body>524: A timeout occurred</body></html>';

/** Each is answered to one call or more; the tenant must come out ready, on its one project, all the same. */
const survived: Record<string, FaultInput> = {
  'adopts the project whose create reply was lost': { match: create, effect: { kind: 'drop-after-apply' } },
  'adopts the project that a 500 concealed': {
    match: create,
    effect: { kind: 'status', status: 500, apply: true },
  },
  "adopts the project behind the HTML page of Neon's edge": {
    match: create,
    effect: { kind: 'status', status: 524, apply: true, body: page },
  },
  'creates again after a 502 that did nothing': { match: create, effect: { kind: 'status', status: 502 } },
  'creates again after a 503': { match: create, effect: { kind: 'status', status: 503 } },
  'waits out a rate limit': {
    match: { ...create, times: 3 },
    effect: { kind: 'status', status: 429, headers: { 'retry-after': '0' } },
  },
  'waits out a locked project': {
    match: { method: 'GET', path: '/projects/*/operations' },
    effect: { kind: 'status', status: 423, body: busy },
  },
  'waits for an answer that comes after its own patience': {
    match: create,
    effect: { kind: 'delay', ms: 2_500 },
  },
  'asks again when the operations cannot be listed': {
    match: { method: 'GET', path: '/projects/*/operations', times: 3 },
    effect: { kind: 'status', status: 500 },
  },
};

describe('onboarding', () => {
  it.each(Object.entries(survived))('%s', async (_, fault) => {
    await t.emulator.addFault(fault);
    const { projectId } = await t.tenantry.execute.onboard({ id: acme });
    expect(await liveProjectsOf(t, acme)).toEqual([projectId]);
    await withClient(await t.tenantry.connectionString(acme), (client) => client.query('select 1'));
  });

  it('does not take an incomplete inventory for proof that there is no project', async () => {
    await t.emulator.addFault({ match: create, effect: { kind: 'drop-after-apply' } });
    const incomplete = await t.emulator.addFault({
      match: { method: 'GET', path: '/projects', times: 1_000 },
      effect: { kind: 'incomplete-list', unavailable_project_ids: ['somewhere-else-12345678'] },
    });
    const before = (await callsOf('POST', '/projects')).length;
    const handle = await t.tenantry.start.onboard({ id: acme });
    await incomplete.struck();
    await incomplete.lift();
    await handle.result();
    expect(await callsOf('POST', '/projects')).toHaveLength(before + 1);
  });

  it('keeps one of several projects that it finds, and deletes the others', async () => {
    await t.emulator.addFault({ match: create, effect: { kind: 'drop-after-apply' } });
    const look = await t.emulator.addFault({
      match: { method: 'GET', path: '/projects' },
      effect: { kind: 'hold-before-apply' },
    });
    const handle = await t.tenantry.start.onboard({ id: acme });
    await look.struck();
    await createUnseen();
    expect(await liveProjectsOf(t, acme)).toHaveLength(2);
    await look.lift();
    const { projectId } = await handle.result();
    expect(await liveProjectsOf(t, acme)).toEqual([projectId]);
  });

  it('does not create again too early where the worker’s clock is ahead of the catalog’s', async () => {
    t = await startTenantry({
      fleet: { timings: { ...quickTimings, neonCall: 1_000, createGrace: 20_000 } },
    });
    onTestFinished(async () => {
      await t.stop();
      t = shared;
    });
    const worker = await startKillableWorker(t, { NODE_OPTIONS: clockAhead(60_000) });
    const late = await t.emulator.addFault({
      match: { ...create, times: 1 },
      effect: { kind: 'late-apply' },
    });
    const handle = await t.tenantry.start.onboard({ id: acme });
    await late.struck();
    await eventually('it has looked', async () => (await callsOf('GET', '/projects')).length > 0);
    await late.lift();
    const { projectId } = await handle.result();
    expect(await callsOf('POST', '/projects')).toHaveLength(1);
    expect(await liveProjectsOf(t, acme)).toEqual([projectId]);
    await worker.stop();
  });

  it('leaves one project when a create that was given up turns up after all', async () => {
    const deleted = async () => (await t.emulator.calls()).filter(({ method }) => method === 'DELETE').length;
    const before = await deleted();
    await t.emulator.addFault({ match: create, effect: { kind: 'status', status: 502 } });
    const second = await t.emulator.addFault({ match: create, effect: { kind: 'hold-before-apply' } });
    const handle = await t.tenantry.start.onboard({ id: acme });
    await second.struck();
    // What Neon's edge gave up on is done all the same, later than any look could wait.
    await createUnseen();
    await second.lift();
    const { projectId } = await handle.result();
    expect(await liveProjectsOf(t, acme)).toEqual([projectId]);
    expect(await deleted()).toBe(before + 1);
  });
});

const callsOf = async (method: string, path: string) =>
  (await t.emulator.calls()).filter((call) => call.method === method && call.path === path);

/** For `NODE_OPTIONS`: the clock of the machine is that far ahead. */
function clockAhead(ms: number): string {
  const module = `{ const now = Date.now; Date.now = () => now.call(Date) + ${ms}; }`;
  return `--import=data:text/javascript,${encodeURIComponent(module)}`;
}

/** Makes a project of the tenant's name, as a create does whose answer nobody hears. */
async function createUnseen(): Promise<void> {
  const tenant = await t.tenantry.get(acme);
  const plan = t.fleet.plans.free;
  if (plan === undefined) throw new Error('the fleet has no such plan');
  await fetch(`${t.emulator.url}/projects`, {
    method: 'POST',
    headers: { authorization: `Bearer ${t.emulator.apiKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({ project: projectRequest(tenant?.projectName ?? '', plan) }),
  });
}
