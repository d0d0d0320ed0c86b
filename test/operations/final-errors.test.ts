import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { projectName } from '../../tenancy/naming.js';
import { eventually } from '../support/eventually.js';
import { createExistingProject } from '../support/existing-project.js';
import { withClient } from '../support/sql.js';
import { quickTimings, startTenantry, type TestTenantry } from '../support/tenantry.js';
import { tenantIdOf } from '../tenancy/tenant-id-of.js';

const nul = 'a\u0000b';
const half = 'a\ud83db';

let t: TestTenantry;

beforeAll(async () => {
  t = await startTenantry({
    fleet: {
      timings: { ...quickTimings, hookDeadline: 500 },
      hooks: {
        async resumed() {
          throw new Error('the billing system is away');
        },
      },
    },
  });
  await t.startWorker();
  for (const id of ['acme', 'suspended']) await t.tenantry.execute.onboard({ id });
  await t.tenantry.execute.suspend('suspended');
});

afterAll(() => t.stop());

/** Starts a run as Temporal's own command does: with anything, and without a client of ours that looks first. */
async function rawRun(type: string, input: object): Promise<unknown> {
  const workflowId = `raw/${type}/${crypto.randomUUID()}`;
  const run = await t.temporal.workflow.start(type, {
    workflowId,
    taskQueue: t.taskQueue,
    args: [input],
    workflowTaskTimeout: quickTimings.workflowTask,
  });
  return run.result();
}

const tenant = (id: string) => ({ tenant: { fleet: t.fleet.name, id }, timings: t.fleet.timings });

const onCatalog = (statement: string) =>
  withClient(t.environment.TENANTRY_CATALOG_URL ?? '', (client) => client.query(statement));

/** A project that somebody made, and that answers. */
async function existingProject(name: string) {
  const made = await createExistingProject(t, { name });
  const owner = made.connection_uris[0]?.connection_uri ?? '';
  await eventually('the database answers', () =>
    withClient(owner, (client) => client.query('select 1')).then(
      () => true,
      () => false,
    ),
  );
  return made;
}

/** The catalog refuses every line of history of an event, for as long as the work takes. */
async function whereHistoryRefuses(event: string, work: () => Promise<void>): Promise<void> {
  await onCatalog(
    `alter table tenantry.history add constraint no_more check (event <> '${event}') not valid`,
  );
  try {
    await work();
  } finally {
    await onCatalog('alter table tenantry.history drop constraint no_more');
  }
}

describe('a text that no database can store', () => {
  it.each([
    ['a snapshot’s name with U+0000', 'snapshotTenant', () => ({ ...tenant('acme'), name: nul })],
    ['a snapshot’s name with half a pair', 'snapshotTenant', () => ({ ...tenant('acme'), name: half })],
    ['a copy’s name', 'branchTenant', () => ({ ...tenant('acme'), name: nul })],
    ['a point to restore to', 'restoreTenant', () => ({ ...tenant('acme'), to: { snapshot: half } })],
    ['a region', 'moveTenant', () => ({ ...tenant('acme'), region: nul })],
    ['a plan', 'changePlan', () => ({ ...tenant('acme'), plan: nul, apply: true })],
    ['a project’s id', 'adoptTenant', () => ({ ...tenant('new'), projectId: half, plan: 'free' })],
    ['a tenant’s id with U+0000', 'onboardTenant', () => ({ ...tenant(nul), plan: 'free' })],
    ['a tenant’s id with half a pair', 'onboardTenant', () => ({ ...tenant(half), plan: 'free' })],
    [
      'a fleet’s name',
      'onboardTenant',
      () => ({ ...tenant('new'), tenant: { fleet: nul, id: 'new' }, plan: 'free' }),
    ],
    ['the name of a field', 'suspendTenant', () => ({ ...tenant('acme'), [nul]: true })],
    [
      'the name of a copy that is to go',
      'removeBranch',
      () => ({ ...tenant('acme'), projectId: 'p', name: nul, branchId: 'b' }),
    ],
    [
      'the name of a snapshot that is to go',
      'removeSnapshot',
      () => ({ ...tenant('acme'), projectId: 'p', name: nul, snapshotId: 's' }),
    ],
  ])('ends a run that was started by hand: %s', async (_, type, input) => {
    const cause = {
      type: 'RequestUnfit',
      message: expect.stringMatching(/no database can store|printable characters only|name of a fleet/),
    };
    await expect(rawRun(type, input())).rejects.toMatchObject({ cause });
    expect(await t.tenantry.get('acme')).toMatchObject({ state: 'ready' });
    expect((await t.tenantry.list()).tenants.map(({ id }) => id)).toEqual(['acme', 'suspended']);
  });

  it('is refused by a client before any run starts, in words', async () => {
    const before = (await t.tenantry.lastOperation('acme'))?.runId;
    const unfit = { code: 'REQUEST_UNFIT', message: expect.stringContaining('no database can store') };
    for (const text of [nul, half]) {
      await expect(t.tenantry.start.snapshot('acme', { name: text })).rejects.toMatchObject(unfit);
      await expect(t.tenantry.start.branch('acme', { name: text })).rejects.toMatchObject(unfit);
      await expect(t.tenantry.start.restore('acme', { to: { state: text } })).rejects.toMatchObject(unfit);
      await expect(t.tenantry.start.move('acme', { region: text })).rejects.toMatchObject(unfit);
      for (const asked of [{ projectId: text }, { projectId: 'p', database: text, owner: text }])
        await expect(t.tenantry.start.adopt('new', asked)).rejects.toMatchObject(unfit);
      await expect(t.tenantry.start.onboard({ id: text })).rejects.toMatchObject({
        code: 'INVALID_TENANT_ID',
      });
      await expect(t.tenantry.start.changePlan('acme', { plan: text })).rejects.toMatchObject({
        code: 'UNKNOWN_PLAN',
      });
      const none = { code: 'BRANCH_NOT_FOUND' };
      await expect(t.tenantry.branchConnectionString('acme', text)).rejects.toMatchObject(none);
      await expect(t.tenantry.removeBranch('acme', text)).rejects.toMatchObject(none);
      const noSnapshot = { code: 'SNAPSHOT_NOT_FOUND' };
      await expect(t.tenantry.removeSnapshot('acme', text)).rejects.toMatchObject(noSnapshot);
    }
    expect((await t.tenantry.lastOperation('acme'))?.runId).toBe(before);
  });

  it('at Neon is kept with another character in its place', async () => {
    const { project } = await existingProject(`shop ${nul} ${half}`);
    const adopted = await t.tenantry.execute.adopt('shop', { projectId: project.id });
    expect(adopted.projectName).toBe('shop a\ufffdb a\ufffdb');
    expect(await t.tenantry.get('shop')).toMatchObject({ projectName: adopted.projectName, state: 'ready' });
    // It is the same project when it is compared before it is deleted.
    await t.tenantry.execute.offboard('shop', { graceMs: 0 });
    await t.tenantry.execute.erase('shop');
    expect((await t.emulator.liveProjects()).map(({ id }) => id)).not.toContain(project.id);
  });
});

describe('the name of a project that another tenant has', () => {
  it('ends an onboarding and an adoption, which touch nothing', async () => {
    const name = projectName(t.fleet.name, tenantIdOf('next'), await t.catalog.installation());
    const [first, second] = [await existingProject(name), await existingProject(name)];
    await t.tenantry.execute.adopt('first', { projectId: first.project.id });
    const taken = { type: 'RequestUnfit', message: expect.stringContaining(`has a project "${name}"`) };
    const onboarding = await t.tenantry.start.onboard({ id: 'next' });
    await expect(onboarding.result()).rejects.toMatchObject({ reason: taken });
    const adoption = await t.tenantry.start.adopt('second', { projectId: second.project.id });
    await expect(adoption.result()).rejects.toMatchObject({ reason: taken });
    expect(await t.tenantry.get('next')).toBeUndefined();
    expect(await t.tenantry.get('first')).toMatchObject({ state: 'ready', projectId: first.project.id });
  });
});

describe('where the catalog refuses for good', () => {
  const refused = (event: string) => ({
    type: 'CatalogRefused',
    message: `the catalog refused: check_violation (23514) on table tenantry.history, constraint no_more${event}`,
  });

  it.each(['began', 'succeeded'])(
    'that an operation %s, the run ends with that reason, whoever cancels',
    async (event) => {
      await whereHistoryRefuses(event, async () => {
        const handle = await t.tenantry.start.snapshot('acme', { name: `s-${event}` });
        await expect(handle.result()).rejects.toMatchObject({ reason: refused('') });
      });
      // What was not let go of is taken by the next one.
      await t.tenantry.execute.snapshot('acme', { name: `after-${event}` });
      expect(await t.tenantry.get('acme')).toMatchObject({ state: 'ready' });
    },
  );

  it('that an operation failed, the run ends with what it failed of', async () => {
    await whereHistoryRefuses('failed', async () => {
      const handle = await t.tenantry.start.restore('acme', { to: { snapshot: 'unknown' } });
      const message = `the tenant has no snapshot unknown; could not let go of the tenant: ${refused('').message}`;
      await expect(handle.result()).rejects.toMatchObject({ reason: { type: 'RequestUnfit', message } });
      const onboarding = await t.tenantry.start.onboard({ id: 'never', plan: 'free' });
      await onboarding.cancel();
      await expect(onboarding.result()).rejects.toMatchObject({ code: 'OPERATION_CANCELLED' });
    });
  });

  it('a note of a hook that came too late, the operation succeeds', async () => {
    await whereHistoryRefuses('noted', async () => {
      const resumed = await t.tenantry.execute.resume('suspended');
      expect(resumed).toMatchObject({ state: 'ready' });
    });
    expect(await t.tenantry.get('suspended')).toMatchObject({ state: 'ready' });
  });
});
