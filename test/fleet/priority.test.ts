import { afterAll, beforeAll, expect, it } from 'vitest';
import { inParallel } from '../../tenancy/in-parallel.js';
import { companionQueue, tenantWorkflowId } from '../../tenancy/naming.js';
import { eventually } from '../support/eventually.js';
import { quickTimings, startTenantry, type TestTenantry } from '../support/tenantry.js';
import { tenantIdOf } from '../tenancy/tenant-id-of.js';

/*
 * What a person asks for comes before what a rollout does to many, where both wait for their turn at Neon.
 */

let t: TestTenantry;
const many = Array.from({ length: 15 }, (_, n) => `many-${String(n).padStart(2, '0')}`);
const callsPerSecond = 3;

beforeAll(async () => {
  // Calls wait for their turn for much longer than they take.
  t = await startTenantry({ fleet: { timings: { ...quickTimings, shortStep: 60_000, neonCall: 20_000 } } });
  const quick = await t.startWorker();
  await inParallel(['single', ...many], 8, (id) => t.tenantry.execute.onboard({ id }));
  await quick.shutdown();
  await t.startWorker({ neonCallsPerSecond: callsPerSecond });
}, 240_000);
afterAll(() => t.stop());

/**
 * How long a call to Neon of the tenant's latest operation has waited for its turn, at most, in milliseconds. Calls that were
 * tried again are left out, whose history counts the pauses in between too.
 */
async function longestWaitMs(id: string): Promise<number> {
  const { events } = await runOf(id).fetchHistory();
  const at = (time?: { seconds?: unknown; nanos?: number | null } | null) =>
    Number(time?.seconds) * 1_000 + Number(time?.nanos) / 1e6;
  const scheduledAt = new Map<string, number>();
  const waits: number[] = [];
  for (const { eventId, eventTime, ...event } of events ?? []) {
    const scheduled = event.activityTaskScheduledEventAttributes;
    if (scheduled?.taskQueue?.name === companionQueue(t.taskQueue, 'neon'))
      scheduledAt.set(String(eventId), at(eventTime));
    const started = event.activityTaskStartedEventAttributes;
    const since = scheduledAt.get(String(started?.scheduledEventId));
    if (since !== undefined && started?.attempt === 1) waits.push(at(eventTime) - since);
  }
  expect(waits.length).toBeGreaterThan(3);
  return Math.max(...waits);
}

const runOf = (id: string) => t.temporal.workflow.getHandle(tenantWorkflowId(t.fleet.name, tenantIdOf(id)));

it("no call of a person's suspension waits for two seconds beside a rollout of many tenants", async () => {
  const handle = await t.tenantry.fleet.start({
    verb: 'suspend',
    where: { idPrefix: 'many-' },
    parallel: many.length,
  });
  await eventually('all have begun', async () => (await handle.status()).counts.running === many.length);
  await t.tenantry.execute.suspend('single');
  // Those of the rollout wait for their turn still: without the order, each call would wait for fourteen others, five seconds.
  expect((await handle.status()).counts.succeeded).toBeLessThan(many.length);
  expect(await longestWaitMs('single')).toBeLessThan(2_000);
  const [first = ''] = many;
  const { raw } = await runOf(first).describe();
  expect(raw.workflowExecutionInfo?.priority?.priorityKey).toBe(4);
  await handle.pause();
}, 240_000);

it("no call of a person's suspension waits for two seconds, and another customer's onboarding for little, beside many onboardings of one customer", async () => {
  await t.tenantry.execute.resume('single');
  await inParallel(
    Array.from({ length: 40 }, (_, n) => `new-${n}`),
    8,
    async (id) => void (await t.tenantry.start.onboard({ id, customer: 'large' })),
  );
  await t.tenantry.execute.suspend('single');
  // Those that were asked for before it wait for their turn still.
  expect((await t.tenantry.list({ where: { state: ['provisioning'] }, limit: 1 })).tenants.length).toBe(1);
  expect(await longestWaitMs('single')).toBeLessThan(2_000);

  // Another customer's single onboarding takes turns with those, of which many are not done when it is.
  await t.tenantry.execute.onboard({ id: 'small', customer: 'small' });
  expect(await t.tenantry.count({ where: { state: ['provisioning'] } })).toBeGreaterThan(10);
  expect((await t.tenantry.get('small'))?.customer).toBe('small');
}, 240_000);
