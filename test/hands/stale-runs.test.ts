import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OperationHandle } from '../../client/index.js';
import { tenantWorkflowId } from '../../tenancy/naming.js';
import { eventually } from '../support/eventually.js';
import { withClient } from '../support/sql.js';
import { quickTimings, startTenantry, type TestTenantry } from '../support/tenantry.js';
import { tenantIdOf } from '../tenancy/tenant-id-of.js';
import { resetRun } from './reset-run.js';

let t: TestTenantry;

beforeAll(async () => {
  t = await startTenantry({ fleet: { timings: { ...quickTimings, rotationOverlap: 60_000 } } });
  await t.writeMigration('0001_notes.sql', 'create table notes (text text);');
  await t.startWorker();
});

afterAll(() => t.stop());

const onboarded = async (id: string) => {
  const handle = await t.tenantry.start.onboard({ id });
  await handle.result();
  return handle;
};

const workflowOf = (id: string) => tenantWorkflowId(t.fleet.name, tenantIdOf(id));

const reset = (run: OperationHandle<unknown>) => resetRun(t.temporal, run);

/** What an outsider can see of a tenant, and its row. */
const seen = async (id: string) => ({
  tenant: await t.tenantry.get(id),
  projects: await t.emulator.liveProjects(),
  history: await t.tenantry.history(id),
});

const changes = async () => (await t.emulator.calls()).filter(({ method }) => method !== 'GET').length;

const writes = (connection: string) =>
  withClient(connection, (client) => client.query("insert into notes values ('still here')"));

const stale = {
  cause: {
    type: 'StaleRun',
    message: expect.stringMatching(/does not hold tenant ".*", so it changes nothing/),
  },
};

describe('a run that is reset after it ended', () => {
  it('of an onboarding, leaves the tenant that is live alone, and ends as stale', async () => {
    const handle = await onboarded('reset');
    const connection = await t.tenantry.connectionString('reset');
    const before = await seen('reset');
    const made = await changes();

    const again = await reset(handle);
    await expect(again.result()).rejects.toMatchObject(stale);
    expect(await seen('reset')).toEqual(before);
    expect(await changes()).toBe(made);
    await writes(connection);
  });

  it('of a suspension, does not shut out a tenant that was resumed since', async () => {
    await onboarded('resumed');
    const suspension = await t.tenantry.start.suspend('resumed');
    await suspension.result();
    await t.tenantry.execute.resume('resumed');
    const before = await seen('resumed');

    await expect((await reset(suspension)).result()).rejects.toMatchObject(stale);
    expect(await seen('resumed')).toEqual(before);
    await writes(await t.tenantry.connectionString('resumed'));
  });

  it('in the middle, hands the tenant on to nobody: the next operation takes it once that run is over', async () => {
    await onboarded('handed');
    const held = await t.emulator.addFault({
      match: { method: 'POST', path: '/projects/*/branches/*/snapshot' },
      effect: { kind: 'hold-before-apply' },
    });
    const snapshot = await t.tenantry.start.snapshot('handed', { name: 'one' });
    await held.struck();
    const again = await reset(snapshot);
    await held.lift();
    await expect(again.result()).rejects.toMatchObject(stale);
    expect(await t.tenantry.get('handed')).toMatchObject({ state: 'updating' });
    await t.tenantry.execute.rotateCredentials('handed', { now: true });
    expect(await t.tenantry.get('handed')).toMatchObject({ state: 'ready' });
  });
});

describe('a workflow of a tenant under another id', () => {
  it('is refused, while another one of the tenant is under way and when none is', async () => {
    await onboarded('other');
    const rotation = await t.tenantry.start.rotateCredentials('other');
    const published = (await t.tenantry.get('other'))?.appRole;
    const before = await changes();
    const input = { tenant: { fleet: t.fleet.name, id: 'other' }, timings: t.fleet.timings };
    const beside = t.temporal.workflow.execute('snapshotTenant', {
      workflowId: `schedule/${t.fleet.name}/nightly`,
      taskQueue: t.taskQueue,
      args: [input],
    });
    await expect(beside).rejects.toMatchObject({
      cause: {
        type: 'RequestUnfit',
        message: expect.stringContaining(`runs under the workflow id "${workflowOf('other')}" alone`),
      },
    });
    expect(await changes()).toBe(before);
    await eventually(
      'the new login is published',
      async () => (await t.tenantry.get('other'))?.appRole !== published,
    );
    await t.temporal.workflow.getHandle(rotation.workflowId).cancel();
    expect(await rotation.result()).toMatchObject({ retired: published });
  });

  it('is refused for a child of a workflow, and makes nothing', async () => {
    const before = await t.emulator.liveProjects();
    const child = t.temporal.workflow.execute('onboardTenant', {
      workflowId: 'a-child-of-mine',
      taskQueue: t.taskQueue,
      args: [{ tenant: { fleet: t.fleet.name, id: 'child' }, plan: 'free', timings: t.fleet.timings }],
    });
    await expect(child).rejects.toMatchObject({ cause: { type: 'RequestUnfit' } });
    expect(await t.tenantry.get('child')).toBeUndefined();
    expect(await t.emulator.liveProjects()).toEqual(before);
  });
});
