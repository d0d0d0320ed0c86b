import { afterAll, beforeAll, expect, it } from 'vitest';
import { findDue } from '../../activities/catalog/find-due.js';
import { createOperationDurations } from '../../activities/neon/operation-durations.js';
import { operationOptions } from '../../tenancy/operation-options.js';
import { runsOf } from '../../worker/runs.js';
import { atStep } from '../operations/moving.js';
import { connectWorker, type WorkersWay } from '../support/native-connection.js';
import { quickTimings, startTenantry, type TestTenantry } from '../support/tenantry.js';
import { tenantIdOf } from '../tenancy/tenant-id-of.js';
import { connects, readyTenant, terminate } from './cut-off.js';

let t: TestTenantry;
let way: WorkersWay;

beforeAll(async () => {
  t = await startTenantry({ fleet: { timings: quickTimings } });
  await t.startWorker();
  way = await connectWorker(t.environment.TEMPORAL_ADDRESS ?? '');
});

afterAll(async () => {
  await way.release();
  await t.stop();
});

/** What a sweep would start for the tenant if it looked now. */
async function dueFor(id: string) {
  const runs = runsOf(way.native, t.environment.TEMPORAL_NAMESPACE ?? 'default');
  const { catalog, fleet, neon, exportDir } = t;
  const durations = createOperationDurations();
  const { takeUp } = await findDue({ catalog, fleet, neon, exportDir, runs, durations })({
    fleet: fleet.name,
  });
  const due = takeUp.find(({ tenantId }) => tenantId === id);
  if (due === undefined) throw new Error(`nothing is due for ${id}`);
  return due;
}

/** Starts it, as a sweep does whose worker was away in between, or a reconcile that had others to mend first. */
function startLate(id: string, { operation, request, startedBy }: Awaited<ReturnType<typeof dueFor>>) {
  const tenant = { fleet: t.fleet.name, id: tenantIdOf(id) };
  const stage = 'repairing' as const;
  const options = operationOptions({
    operation,
    tenant,
    request,
    timings: t.fleet.timings,
    stage,
    startedBy,
  });
  return t.temporal.workflow.execute(options.workflowType, { ...options, taskQueue: t.taskQueue });
}

it('an offboarding that was ended by force is not taken up where somebody has repaired the tenant since', async () => {
  const login = await readyTenant(t, 'kept');
  const offboarding = await t.tenantry.start.offboard('kept', { graceMs: 3_000 });
  await atStep(t, offboarding, 'wait out the grace');
  await terminate(t, 'kept');
  const due = await dueFor('kept');
  expect(due.operation).toBe('offboard');
  await t.tenantry.execute.repair('kept');
  await expect(startLate('kept', due)).rejects.toMatchObject({
    cause: { type: 'TenantStateConflict', message: expect.stringContaining('any more') },
  });
  expect((await t.tenantry.get('kept'))?.state).toBe('ready');
  expect(await connects(login)).toBe(true);
});
