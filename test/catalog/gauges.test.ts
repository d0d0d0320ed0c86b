import { randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import type { Writer } from '../../catalog/tenant.js';
import { findingKey } from '../../tenancy/reconcile.js';
import { namesOf, newcomer, testCatalog } from './test-catalog.js';

const test = testCatalog();

const queue = 'a queue';

/** A tenant that an onboarding has in its hands, in a fleet of its own. */
async function onboarding(): Promise<Writer> {
  const writer = { ...newcomer(), fleet: `f${randomUUID().slice(0, 8)}` };
  await test.catalog.tenants.beginOnboarding(writer, namesOf(writer));
  return writer;
}

const waiting = (minutes: number) => ({
  reason: 'the project is held',
  type: 'NeonLocked' as const,
  attempts: 3,
  since: new Date(Date.now() - minutes * 60_000).toISOString(),
});

it('a wait counts from the first attempt of its step, until it is over', async () => {
  const writer = await onboarding();
  await test.catalog.progress.report(writer, [{ name: 'create project' }]);
  await test.catalog.progress.wait(writer, '1', waiting(20));
  const { waits, oldestWaitSeconds, tenants } = await test.catalog.gauges(writer.fleet, queue);
  expect(tenants).toEqual({ provisioning: 1 });
  expect(waits).toEqual({ NeonLocked: 1 });
  expect(oldestWaitSeconds / 60).toBeCloseTo(20, 0);
  await test.catalog.progress.goOn(writer, '1', 4);
  expect(await test.catalog.gauges(writer.fleet, queue)).toMatchObject({ waits: {}, oldestWaitSeconds: 0 });
});

it('a wait asks for a person once it is long, and later where every operation has it', async () => {
  const writer = await onboarding();
  const attention = async () => (await test.catalog.gauges(writer.fleet, queue)).attention;
  const waits = async (type: 'NeonLocked' | 'NeonLimitReached', minutes: number) => {
    await test.catalog.progress.wait(writer, '1', { ...waiting(minutes), type });
    return attention();
  };
  await test.catalog.progress.report(writer, [{ name: 'create project' }]);
  expect(await waits('NeonLimitReached', 0.4)).toEqual({});
  expect(await waits('NeonLimitReached', 1)).toEqual({ waiting: 1 });
  expect(await waits('NeonLocked', 4)).toEqual({});
  expect(await waits('NeonLocked', 6)).toEqual({ waiting: 1 });
});

it('what a run waited for that has ended is no wait', async () => {
  const writer = await onboarding();
  await test.catalog.progress.report(writer, [{ name: 'create project' }]);
  await test.catalog.progress.wait(writer, '1', waiting(20));
  await test.catalog.operations.fail(writer, 'onboard', { type: 'GivenUp', message: 'by hand' }, true);
  expect(await test.catalog.gauges(writer.fleet, queue)).toMatchObject({
    tenants: { failed: 1 },
    waits: {},
    oldestWaitSeconds: 0,
  });
});

it('a duty counts from the moment that it is due, and one that failed as trouble', async () => {
  const writer = await onboarding();
  const { fleet, id } = writer;
  expect(await test.catalog.gauges(fleet, queue)).toMatchObject({ duties: 0, oldestDutySeconds: 0 });
  await test.rows(
    `update tenantry.projects set due_at = now() - interval '30 minutes' where fleet = '${fleet}'`,
  );
  const due = await test.catalog.gauges(fleet, queue);
  expect(due).toMatchObject({ duties: 1, dutiesInTrouble: 0 });
  expect(due.oldestDutySeconds / 60).toBeCloseTo(30, 0);
  const [project] = await test.catalog.projects.list({ fleet, id });
  const later = { firstMs: 60_000, longestMs: 60_000 };
  await test.catalog.duties.postpone({ project: project?.name ?? '' }, 'Neon is away', later);
  expect(await test.catalog.gauges(fleet, queue)).toMatchObject({
    duties: 0,
    oldestDutySeconds: 0,
    dutiesInTrouble: 1,
  });
});

it('a worker counts on its own queue, until it falls silent', async () => {
  const { fleet } = await onboarding();
  const key = { fleet, taskQueue: queue, id: randomUUID() };
  await test.catalog.workers.beat(key, { identity: '1@host', build: undefined });
  expect(await test.catalog.gauges(fleet, queue)).toMatchObject({ workers: 1 });
  expect(await test.catalog.gauges(fleet, 'another queue')).toMatchObject({ workers: 0 });
  await test.rows(`update tenantry.workers set seen_at = now() - interval '10 s' where fleet = '${fleet}'`);
  expect(await test.catalog.gauges(fleet, queue)).toMatchObject({ workers: 0 });
});

it('an operation ends once: asked again by the same run, it says that it is a repetition', async () => {
  const writer = await onboarding();
  const { operations } = test.catalog;
  const reason = { type: 'NeonLimitReached', message: 'the account is full' } as const;
  expect(await operations.fail(writer, 'onboard', reason, true)).toEqual({
    state: 'failed',
    repeated: false,
  });
  expect(await operations.fail(writer, 'onboard', reason, true)).toEqual({ state: 'failed', repeated: true });
});

it('usage that is not read, events that wait and what a reconcile found are counted', async () => {
  const { fleet, id } = await onboarding();
  const gauges = () => test.catalog.gauges(fleet, queue);
  expect(await gauges()).toMatchObject({
    meteredHourAgeSeconds: null,
    meteringDueSeconds: 0,
    events: {},
    lastReconcileAt: null,
    findings: {},
  });
  await test.rows(
    `insert into tenantry.usage_projects (project_id, fleet, tenant_id, due_at)
     values ($1, $2, $3, now() - interval '2 hours')`,
    [`p-${fleet}`, fleet, id],
  );
  await test.rows(
    `insert into tenantry.usage select $1, hour, $2, $3, 'free', 1, 1, 1, 1, 1, 1, 1, 1, now()
     from unnest(array[now() - interval '3 hours', now() - interval '30 hours']) hour`,
    [`p-${fleet}`, fleet, id],
  );
  const { endpoints, deliveries } = test.catalog.events;
  const busy = await endpoints.add(fleet, 'https://a.test/');
  const write = (hours: number) =>
    test.rows(
      `insert into tenantry.events (fleet, tenant_id, type, data, at)
       values ($1, $2, 'tenant.operation.began.v1', '{}', now() - $3 * interval '1 hour')`,
      [fleet, id, hours],
    );
  // One is a delivery by now, and one is only in the log.
  await write(5);
  await deliveries.take(fleet, busy.id, 1);
  await write(1);
  const quiet = await endpoints.add(fleet, 'https://b.test/');
  const key = { fleet, runId: 'reconcile-1' };
  await test.catalog.reconciles.begin(key, 'reconcile');
  const finding = { kind: 'orphan', projectId: 'o-1', message: 'so' } as const;
  await test.catalog.reconciles.noteFindings(key, [
    finding,
    { ...finding, projectId: 'o-2' },
    { kind: 'plan', tenantId: id, message: 'so' },
  ]);
  await test.catalog.reconciles.noteOutcome(
    fleet,
    findingKey({ kind: 'plan', tenantId: id, message: 'so' }),
    'mended',
  );
  await test.catalog.reconciles.end(key, {
    summary: { projects: 1, tenants: 1, lookedInto: 0, asleep: 0, unanswered: 0 },
  });
  const now = await gauges();
  expect((now.meteredHourAgeSeconds ?? 0) / 3_600).toBeCloseTo(3, 1);
  expect(now.meteringDueSeconds / 3_600).toBeCloseTo(2, 1);
  expect(now.events[busy.id]?.waiting).toBe(2);
  expect(now.events[quiet.id]).toEqual({ waiting: 0, oldestSeconds: 0 });
  expect((now.events[busy.id]?.oldestSeconds ?? 0) / 3_600).toBeCloseTo(5, 1);
  expect(now.lastReconcileAt).toBeCloseTo(Date.now() / 1_000, -2);
  expect(now.findings).toEqual({ orphan: 2 });
  await test.catalog.reconciles.begin({ fleet, runId: 'reconcile-2' }, 'reconcile');
  await test.catalog.reconciles.end({ fleet, runId: 'reconcile-2' }, { trouble: 'the list is incomplete' });
  expect((await gauges()).lastReconcileAt).toBe(now.lastReconcileAt);
  expect(await test.catalog.reconciles.last(fleet)).toMatchObject({ comparedAt: expect.any(Date) });
});
