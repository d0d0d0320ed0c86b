import pg from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { getProject } from '../../neon/projects.js';
import { eventually } from '../support/eventually.js';
import { withClient } from '../support/sql.js';
import { startTenantry, type TestTenantry } from '../support/tenantry.js';
import { startKillableWorker } from '../support/worker-process.js';

let t: TestTenantry;

beforeEach(async () => {
  t = await startTenantry();
});

afterEach(() => t.stop());

async function readyTenant(id = 'acme'): Promise<string> {
  await t.tenantry.execute.onboard({ id });
  return t.tenantry.connectionString(id);
}

const quotaOf = async (id: string) => {
  const tenant = await t.tenantry.get(id);
  const { settings } = await getProject(t.neon, tenant?.projectId ?? '');
  // Nothing and zero both mean that there is no limit.
  return Object.fromEntries(Object.entries(settings?.quota ?? {}).filter(([, limit]) => limit > 0));
};

const connects = (connectionString: string) =>
  withClient(connectionString, (client) => client.query('select 1')).then(
    () => true,
    () => false,
  );

describe('suspending a tenant', () => {
  it('ends its connections, lets nobody in, and says what its role is told', async () => {
    await t.startWorker();
    const connection = await readyTenant();
    const open = new pg.Client({ connectionString: connection });
    const ended = new Promise((resolve) => open.on('error', resolve));
    await open.connect();

    const suspended = await t.tenantry.execute.suspend('acme');
    await ended;
    expect(suspended).toMatchObject({
      id: 'acme',
      state: 'suspended',
      refusal: expect.stringContaining('quota'),
    });
    expect(await connects(connection)).toBe(false);
    expect(await t.tenantry.get('acme')).toMatchObject({ state: 'suspended', settledState: 'suspended' });
    await expect(t.tenantry.connectionString('acme')).rejects.toMatchObject({
      code: 'TENANT_NOT_READY',
      state: 'suspended',
    });
  });

  it('does nothing where it is suspended already', async () => {
    await t.startWorker();
    await readyTenant();
    await t.tenantry.execute.suspend('acme');
    const calls = (await t.emulator.calls()).length;
    const again = await t.tenantry.execute.suspend('acme');
    expect(again).toMatchObject({ state: 'suspended' });
    expect((await t.emulator.calls()).length).toBe(calls);
  });

  it('is undone when it fails, and the tenant is ready as before', async () => {
    await t.startWorker();
    const connection = await readyTenant();
    const before = await quotaOf('acme');
    await t.emulator.addFault({
      match: { method: 'PATCH', path: '/projects/*', times: 1 },
      effect: { kind: 'fail-operation', status: 'error' },
    });
    const failing = t.tenantry.execute.suspend('acme');
    await expect(failing).rejects.toMatchObject({
      code: 'OPERATION_FAILED',
      operation: 'suspend',
      reason: { type: 'NeonOperationFailed' },
    });
    expect(await t.tenantry.get('acme')).toMatchObject({
      state: 'ready',
      failure: { type: 'NeonOperationFailed' },
    });
    expect(await connects(connection)).toBe(true);
    expect(await quotaOf('acme')).toEqual(before);
  });

  it('goes on where a worker was killed in the middle', async () => {
    const first = await startKillableWorker(t);
    const connection = await readyTenant();
    const fault = await t.emulator.addFault({
      match: { method: 'PATCH', path: '/projects/*' },
      effect: { kind: 'hold-after-apply' },
    });
    const handle = await t.tenantry.start.suspend('acme');
    await fault.struck();
    await first.stop('SIGKILL');
    await fault.lift();
    const second = await startKillableWorker(t);
    expect(await handle.result()).toMatchObject({ state: 'suspended' });
    expect(await connects(connection)).toBe(false);
    await second.stop();
  });
});

describe('resuming a tenant', () => {
  it('restores exactly the quota of its plan, and the same connection string works', async () => {
    await t.stop();
    const quota = { activeTimeSeconds: 3600, logicalSizeBytes: 536_870_912 };
    t = await startTenantry({ fleet: { plans: { free: { region: 'aws-us-east-1', quota } } } });
    await t.startWorker();
    const connection = await readyTenant();
    await t.tenantry.execute.suspend('acme');
    await t.tenantry.execute.resume('acme');
    expect(await connects(connection)).toBe(true);
    expect(await quotaOf('acme')).toEqual({
      active_time_seconds: 3600,
      logical_size_bytes: 536_870_912,
    });
  });

  it('goes on where a worker was killed in the middle', async () => {
    const first = await startKillableWorker(t);
    const connection = await readyTenant();
    await t.tenantry.execute.suspend('acme');
    const fault = await t.emulator.addFault({
      match: { method: 'PATCH', path: '/projects/*' },
      effect: { kind: 'hold-before-apply' },
    });
    const handle = await t.tenantry.start.resume('acme');
    await fault.struck();
    await first.stop('SIGKILL');
    await fault.lift();
    const second = await startKillableWorker(t);
    await handle.result();
    await eventually('the tenant can connect', () => connects(connection));
    await second.stop();
  });

  it('is refused where nothing is suspended, and says what is allowed', async () => {
    await t.startWorker();
    await readyTenant();
    expect(await t.tenantry.execute.resume('acme')).toMatchObject({ state: 'ready' });
    await t.tenantry.execute.suspend('acme');
    await expect(t.tenantry.execute.onboard({ id: 'acme' })).rejects.toMatchObject({
      reason: { type: 'TenantStateConflict' },
    });
  });
});

describe('the audit trail', () => {
  it('tells what was done, when, and by which run', async () => {
    await t.startWorker();
    await readyTenant();
    const suspending = await t.tenantry.start.suspend('acme');
    await suspending.result();
    const history = await t.tenantry.history('acme');
    expect(history.map(({ operation, event, state }) => [operation, event, state])).toEqual([
      ['onboard', 'began', 'provisioning'],
      ['onboard', 'succeeded', 'ready'],
      ['suspend', 'began', 'suspending'],
      ['suspend', 'succeeded', 'suspended'],
    ]);
    expect(history[3]).toMatchObject({ runId: suspending.runId, workflowId: suspending.workflowId });
  });
});
