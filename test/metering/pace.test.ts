import proto from '@temporalio/proto';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { consumptionPace } from '../../cli/doctor/consumption-pace.js';
import { subjectOf } from '../../cli/doctor/subject.js';
import { createNeonClient, type NeonClient } from '../../neon/neon-client.js';
import { companionQueue } from '../../tenancy/naming.js';
import { keepPace } from '../../worker/queue-pace.js';
import type { MeterRead, MeterRun } from '../../workflows/meter.js';
import { withClient } from '../support/sql.js';
import { startTenantry, type TestTenantry } from '../support/tenantry.js';

/* Neon answers some 30 calls to the consumption history a minute. Here a second stands for a minute. */

const perSecond = 8;
const projectsOfACall = 100;

let t: TestTenantry;
/** When Neon answered a reading of usage, of any worker. */
const answered: number[] = [];

beforeAll(async () => {
  t = await startTenantry({ fleet: { metering: { neonPlan: 'launch' } } });
  for (let worker = 0; worker < 2; worker += 1)
    await t.startWorker({ dependencies: { fleet: t.fleet, catalog: t.catalog, neon: observed() } });
});
afterEach(() => {
  answered.length = 0;
});
afterAll(() => t.stop());

function observed(): NeonClient {
  return createNeonClient({
    apiKey: t.emulator.apiKey,
    host: t.emulator.url,
    orgId: t.emulator.orgId,
    timeoutMs: 2_000,
    lockedWaitMs: 50,
    observe({ route }) {
      if (route.includes('/consumption_history/')) answered.push(performance.now());
    },
  });
}

const queue = () => ({ namespace: 'default', taskQueue: companionQueue(t.taskQueue, 'consumption') });

/** Projects that wait for a reading, so many that it takes these calls. */
const backlog = (calls: number) =>
  withClient(t.environment.TENANTRY_CATALOG_URL ?? '', (client) =>
    client.query(
      `insert into tenantry.usage_projects (project_id, fleet, tenant_id, read_from)
       select 'made-up-' || n, $1, 'many', date_trunc('hour', now()) from generate_series(1, $2::integer) n
       on conflict (project_id) do update set due_at = now()`,
      [t.fleet.name, calls * projectsOfACall],
    ),
  );

/** A reading that somebody starts by hand. */
const meter = (id: string) =>
  t.temporal.workflow.execute<(run: MeterRun) => Promise<MeterRead>>('meter', {
    workflowId: `meter/${t.fleet.name}/${id}`,
    taskQueue: t.taskQueue,
    args: [{ fleet: t.fleet.name, timings: t.fleet.timings }],
  });

function mostWithin(times: readonly number[], ms: number): number {
  const inOrder = times.toSorted((a, b) => a - b);
  return Math.max(...inOrder.map((from) => inOrder.filter((at) => at >= from && at < from + ms).length));
}

it('is kept by two workers and by a reading beside the one of the schedule', async () => {
  await keepPace(t.temporal.workflowService, queue(), { perSecond, setting: 'test' });
  const calls = 6 * perSecond;
  await backlog(calls);
  const read = await Promise.all([meter('by-schedule'), meter('by-hand')]);
  expect(read[0].projects + read[1].projects).toBe(calls * projectsOfACall);
  expect(answered).toHaveLength(calls);
  // The server lets a second's worth through at the beginning, and a busy machine answers some late.
  expect(mostWithin(answered, 2_000)).toBeLessThanOrEqual(4 * perSecond);
});

it('is set by a person while everything runs, and doctor says by whom', async () => {
  const setByPerson = (requestsPerSecond: number, reason: string) =>
    t.temporal.workflowService.updateTaskQueueConfig({
      ...queue(),
      identity: 'temporal-cli:ann@desk',
      taskQueueType: proto.temporal.api.enums.v1.TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY,
      updateQueueRateLimit: { rateLimit: { requestsPerSecond }, reason },
    });
  const environment = { ...t.environment, TENANTRY_CONSUMPTION_CALLS_PER_MINUTE: '25' };
  const finding = (more = {}) =>
    consumptionPace.make(subjectOf({ ...environment, ...more }, 'the environment of the test'));
  await setByPerson(0, 'the bills are being made');
  expect(await finding()).toMatchObject({
    status: 'problem',
    message: expect.stringMatching(
      /^no usage is read: temporal-cli:ann@desk .* 0 \(the bills are being made\)$/,
    ),
    cure: expect.stringContaining('--queue-rps-limit 0.4167'),
  });
  await setByPerson(50, 'done');
  expect(await finding()).toEqual({
    status: 'ok',
    message: 'Temporal gives out 3000 readings of usage a minute, set by temporal-cli:ann@desk (done)',
  });
  expect(await finding({ NEON_API_HOST: 'https://console.neon.tech/api/v2' })).toMatchObject({
    status: 'problem',
    message: expect.stringContaining('more than the 30 a minute or so'),
    cure: expect.stringContaining('--queue-rps-limit 0.4167'),
  });
  const calls = perSecond;
  await backlog(calls);
  await meter('after-that');
  expect(answered).toHaveLength(calls);
});
