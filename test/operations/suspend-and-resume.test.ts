import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { getProject } from '../../neon/projects.js';
import { withClient } from '../support/sql.js';
import { startTenantry, type TestTenantry } from '../support/tenantry.js';

let t: TestTenantry;

beforeAll(async () => {
  const quota = { activeTimeSeconds: 3600, logicalSizeBytes: 536_870_912 };
  t = await startTenantry({ fleet: { plans: { free: { region: 'aws-us-east-1', quota } } } });
  await t.startWorker();
});

afterEach(() => t.emulator.liftFaults());
afterAll(() => t.stop());

/** A tenant of each test's own. */
let acme: string;
let made = 0;

beforeEach(() => {
  made += 1;
  acme = `acme-${made}`;
});

async function readyTenant(): Promise<string> {
  await t.tenantry.execute.onboard({ id: acme });
  return t.tenantry.connectionString(acme);
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
    const connection = await readyTenant();
    const open = new pg.Client({ connectionString: connection });
    const ended = new Promise((resolve) => open.on('error', resolve));
    await open.connect();

    const suspended = await t.tenantry.execute.suspend(acme);
    await ended;
    expect(suspended).toMatchObject({
      id: acme,
      state: 'suspended',
      refusal: expect.stringContaining('quota'),
    });
    expect(await connects(connection)).toBe(false);
    expect(await t.tenantry.get(acme)).toMatchObject({ state: 'suspended', settledState: 'suspended' });
    await expect(t.tenantry.connectionString(acme)).rejects.toMatchObject({
      code: 'TENANT_NOT_READY',
      state: 'suspended',
    });
  });

  it('does nothing where it is suspended already', async () => {
    await readyTenant();
    await t.tenantry.execute.suspend(acme);
    const calls = (await t.emulator.calls()).length;
    const again = await t.tenantry.execute.suspend(acme);
    expect(again).toMatchObject({ state: 'suspended' });
    expect((await t.emulator.calls()).length).toBe(calls);
  });

  it('is undone when it fails, and the tenant is ready as before', async () => {
    const connection = await readyTenant();
    const before = await quotaOf(acme);
    await t.emulator.addFault({
      match: { method: 'PATCH', path: '/projects/*', times: 1 },
      effect: { kind: 'fail-operation', status: 'error' },
    });
    const failing = t.tenantry.execute.suspend(acme);
    await expect(failing).rejects.toMatchObject({
      code: 'OPERATION_FAILED',
      operation: 'suspend',
      reason: { type: 'NeonOperationFailed' },
    });
    expect(await t.tenantry.get(acme)).toMatchObject({
      state: 'ready',
      failure: { type: 'NeonOperationFailed' },
    });
    expect(await connects(connection)).toBe(true);
    expect(await quotaOf(acme)).toEqual(before);
  });
});

describe('resuming a tenant', () => {
  it('restores exactly the quota of its plan, and the same connection string works', async () => {
    const connection = await readyTenant();
    await t.tenantry.execute.suspend(acme);
    await t.tenantry.execute.resume(acme);
    expect(await connects(connection)).toBe(true);
    expect(await quotaOf(acme)).toEqual({
      active_time_seconds: 3600,
      logical_size_bytes: 536_870_912,
    });
  });

  it('is refused where nothing is suspended, and says what is allowed', async () => {
    await readyTenant();
    expect(await t.tenantry.execute.resume(acme)).toMatchObject({ state: 'ready' });
    await t.tenantry.execute.suspend(acme);
    await expect(t.tenantry.execute.onboard({ id: acme })).rejects.toMatchObject({
      code: 'TENANT_STATE_CONFLICT',
    });
  });
});

describe('the audit trail', () => {
  it('tells what was done, when, and by which run', async () => {
    await readyTenant();
    const suspending = await t.tenantry.start.suspend(acme);
    await suspending.result();
    const history = await t.tenantry.history(acme);
    expect(history.map(({ operation, event, state }) => [operation, event, state])).toEqual([
      ['onboard', 'began', 'provisioning'],
      ['onboard', 'succeeded', 'ready'],
      ['suspend', 'began', 'suspending'],
      ['suspend', 'succeeded', 'suspended'],
    ]);
    expect(history[3]).toMatchObject({ runId: suspending.runId, workflowId: suspending.workflowId });
  });
});
