import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type LyingNeon, lyingNeon } from '../onboarding/lying-neon.js';
import { runTenantry } from '../support/command-line.js';
import { eventually } from '../support/eventually.js';
import { createExistingProject } from '../support/existing-project.js';
import { liveProjectsOf } from '../support/live-projects.js';
import { more } from '../support/long-form.js';
import { quickTimings, startTenantry, type TestTenantry } from '../support/tenantry.js';

let t: TestTenantry;
let neon: LyingNeon;

beforeAll(async () => {
  t = await startTenantry({
    fleet: { timings: { ...quickTimings, databaseDeadline: 1_000 } },
    neonHost: async ({ url }) => {
      neon = await lyingNeon(url);
      return neon.url;
    },
  });
  await t.startWorker();
});

afterEach(async () => {
  neon.tell();
  await t.removeMigrations();
  await t.emulator.liftFaults();
});

afterAll(async () => {
  await t?.stop();
  neon?.close();
});

const refuseConnections = () =>
  t.emulator.addFault({ match: { times: 1_000_000 }, effect: { kind: 'connection-refuse' } });

describe('a project that Neon lists however often it is deleted', () => {
  /** The ways of a project that is gone, told as if it were there. */
  async function onboardInVain() {
    let ours: { id: string; name: string; region_id: string } | undefined;
    await t.writeMigration('0001_bad.sql', 'nonsense;\n');
    neon.tell(({ method, path }, reply) => {
      if (method === 'POST' && path === '/projects') ours = reply.project;
      return method === 'GET' && path === '/projects' && ours ? { ...reply, projects: [ours] } : reply;
    });
    const handle = await t.tenantry.start.onboard({ id: 'listed' });
    await eventually(
      'it was looked for again',
      async () => looks() >= 3,
      undefined,
      async () => ({
        asked: neon.heard,
        status: await t.tenantry.operationStatus('listed'),
      }),
    );
    return handle;
  }
  const looks = () =>
    neon.heard.filter(({ method, path }) => method === 'GET' && path === '/projects').length;

  it('is looked for less and less often, and a person can end that', async () => {
    const handle = await onboardInVain();
    const before = looks();
    await sleep(6_000);
    // 80 ms, 160, 320, …: what is still short of six seconds in sum.
    expect(looks() - before).toBeLessThan(9);
    expect(await t.tenantry.giveUp('listed')).toMatchObject({
      step: 'delete the project',
      runId: handle.runId,
    });
    await expect(handle.result()).rejects.toMatchObject({
      reason: { type: 'MigrationFailed', message: expect.stringMatching(/; could not delete the project$/) },
    });
    await expect(t.tenantry.giveUp('listed')).rejects.toMatchObject({ code: 'NOTHING_TO_GIVE_UP' });
  });
});

describe('a step that a person gives up', () => {
  it('fails the operation, which is undone', async () => {
    const hold = await t.emulator.addFault({
      match: { method: 'GET', path: '/projects/*/operations', times: 1_000_000 },
      effect: { kind: 'status', status: 503, body: { code: '', message: 'in vain' } },
    });
    const handle = await t.tenantry.start.onboard({ id: 'given-up' });
    await hold.struck();
    await expect(t.tenantry.giveUp('given-up', { step: 'publish' })).rejects.toMatchObject({
      code: 'NOTHING_TO_GIVE_UP',
      message: expect.stringContaining('at the step "create project", not at "publish"'),
    });
    await t.tenantry.giveUp('given-up', { step: 'create project' });
    await expect(handle.result()).rejects.toMatchObject({
      reason: { type: 'GivenUp', message: 'the step "create project" was given up by a person' },
    });
    expect(await liveProjectsOf(t, 'given-up')).toEqual([]);
  });

  it('of an undo is left as it is, said, and seen to by the operation when it is asked for again', async () => {
    await t.tenantry.execute.onboard({ id: 'acme' });
    const handle = await t.tenantry.start.suspend('acme');
    const project = `/projects/${(await t.tenantry.get('acme'))?.projectId}`;
    await eventually('the quota is lowered', async () =>
      (await t.emulator.calls()).some(({ method, path }) => method === 'PATCH' && path === project),
    );
    const fault = await refuseConnections();
    await handle.cancel();
    await fault.struck();
    const { stdout } = await runTenantry(
      ['give-up', 'acme', '--step', 'bring the tenant back to ready'],
      t.environment,
    );
    expect(stdout).toBe('gave up the step "bring the tenant back to ready" of acme\n');
    await expect(handle.result()).rejects.toMatchObject({ code: 'OPERATION_CANCELLED' });
    const { tenant } = await t.tenantry.exportRecord('acme');
    expect(tenant).toMatchObject({
      state: 'suspending',
      attention:
        'an operation ended in the middle and left the tenant suspending: "suspend" was cancelled; could not bring the tenant back to ready',
    });
    const shown = await runTenantry(['show', 'acme'], t.environment);
    expect(shown.stdout).toContain('attention     an operation ended in the middle');
    await fault.lift();
    expect(await t.tenantry.execute.resume('acme')).toMatchObject({ state: 'ready' });
    expect((await t.tenantry.exportRecord('acme')).tenant.attention).toBeNull();
  });
});

describe('an adoption that cannot log in', () => {
  more('ends when its deadline is over, and so does its preview', async () => {
    const { project } = await createExistingProject(t);
    await refuseConnections();
    const reason = { type: 'DatabaseUnreachable', message: expect.stringContaining('starting up') };
    const preview = await t.tenantry.start.previewAdoption('shop', { projectId: project.id });
    await expect(preview.result()).rejects.toMatchObject({ reason });
    await expect(t.tenantry.execute.adopt('shop', { projectId: project.id })).rejects.toMatchObject({
      reason,
    });
    expect(await t.tenantry.get('shop')).toBeUndefined();
  });
});
