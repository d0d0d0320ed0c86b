import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { events } from '../../cli/doctor/events.js';
import { metering } from '../../cli/doctor/metering.js';
import { reconcile } from '../../cli/doctor/reconcile.js';
import { subjectOf } from '../../cli/doctor/subject.js';
import { installMeter } from '../../worker/meter-schedule.js';
import { installReconcile } from '../../worker/reconcile-schedule.js';
import { withClient } from '../support/sql.js';
import { quickTimings, startTenantry, type TestTenantry } from '../support/tenantry.js';

let t: TestTenantry;

beforeAll(async () => {
  const timings = { ...quickTimings, meter: 60_000, reconcile: 86_400_000 };
  t = await startTenantry({ fleet: { metering: { neonPlan: 'launch' }, timings } });
});
afterAll(() => t.stop());

const catalog = (text: string, values: readonly unknown[] = []) =>
  withClient(t.environment.TENANTRY_CATALOG_URL ?? '', (client) => client.query(text, [...values]));
const told = async (kind: string) => (await t.tenantry.attention()).filter((entry) => entry.kind === kind);

it('a metering that is behind is told of, and not one whose turn has just come', async () => {
  await catalog(
    "insert into tenantry.usage_projects (project_id, fleet, due_at) values ('p-1', $1, now() - interval '2 minutes')",
    [t.fleet.name],
  );
  expect(await told('metering-behind')).toEqual([]);
  await catalog("update tenantry.usage_projects set due_at = now() - interval '5 minutes'");
  expect(await told('metering-behind')).toEqual([
    {
      kind: 'metering-behind',
      message: expect.stringMatching(/^what 1 projects use was to be read by now/),
      since: expect.any(String),
      command: 'doctor',
    },
  ]);
});

it('records that should have been deleted for a day are told of, and none that the next sweep deletes', async () => {
  const event = (days: number) =>
    catalog(
      "insert into tenantry.events (fleet, tenant_id, type, data, at) values ($1, 'acme', 'x.v1', '{}', now() - make_interval(days => $2))",
      [t.fleet.name, days],
    );
  await event(30);
  expect(await told('not-pruned')).toEqual([]);
  await event(32);
  expect(await told('not-pruned')).toEqual([
    { kind: 'not-pruned', message: expect.stringMatching(/^records /), command: 'doctor' },
  ]);
  await catalog('delete from tenantry.events');
});

it('a reconcile that does not come is told of', async () => {
  const key = { fleet: t.fleet.name, runId: 'once' };
  await t.catalog.reconciles.begin(key, 'reconcile');
  await t.catalog.reconciles.end(key, {
    summary: { projects: 0, tenants: 0, lookedInto: 0, asleep: 0, unanswered: 0 },
  });
  expect(await told('not-reconciled')).toEqual([]);
  await catalog("update tenantry.reconciles set began_at = began_at - interval '3 days'");
  expect(await told('not-reconciled')).toMatchObject([
    { message: expect.stringMatching(/^no reconcile has begun for long/), command: 'reconcile' },
  ]);
});

describe('doctor', () => {
  const subject = () => subjectOf(t.environment, 'here');

  it('says when the fleet was reconciled, and what keeps it from being', async () => {
    await catalog('delete from tenantry.reconciles');
    expect(await reconcile.make(subject())).toMatchObject({
      status: 'problem',
      message: expect.stringMatching(/^there is no schedule "reconcile\//),
    });
    await installReconcile(t.temporal, t.fleet, t.taskQueue);
    expect(await reconcile.make(subject())).toMatchObject({ status: 'ok' });
    const key = { fleet: t.fleet.name, runId: 'again' };
    await t.catalog.reconciles.begin(key, 'reconcile');
    await t.catalog.reconciles.end(key, { trouble: 'the list is incomplete' });
    expect(await reconcile.make(subject())).toMatchObject({
      status: 'problem',
      message: 'the last reconcile compared nothing: the list is incomplete; it compared last at no time yet',
    });
    await t.catalog.reconciles.end(key, {
      summary: { projects: 0, tenants: 0, lookedInto: 0, asleep: 0, unanswered: 0 },
    });
    expect(await reconcile.make(subject())).toMatchObject({
      status: 'ok',
      message: expect.stringMatching(/^it compared last at 20\d\d-.*; next at 20\d\d-/),
    });
    await catalog("update tenantry.reconciles set began_at = began_at - interval '3 days'");
    expect(await reconcile.make(subject())).toMatchObject({ status: 'problem' });
  });

  it('says when usage was read, and that it is behind', async () => {
    await installMeter(t.temporal, t.fleet, t.taskQueue);
    await catalog('update tenantry.usage_projects set due_at = now(), read_at = now()');
    expect(await metering.make(subject())).toMatchObject({
      status: 'ok',
      message: expect.stringMatching(/^usage is read in time: it was read last at 20\d\d-/),
    });
    await catalog("update tenantry.usage_projects set due_at = now() - interval '5 minutes'");
    expect(await metering.make(subject())).toMatchObject({
      status: 'problem',
      message: expect.stringMatching(/^the usage of 1 projects is due since/),
    });
  });

  it('names endpoints of events that were paused for their failures', async () => {
    expect(await events.make(subject())).toEqual({ status: 'ok', message: 'no endpoint is sent any' });
    const { endpoints } = t.catalog.events;
    const { id } = await endpoints.add(t.fleet.name, 'https://a.test/');
    expect(await events.make(subject())).toEqual({ status: 'ok', message: `accepted last: ${id} never` });
    await endpoints.pause(t.fleet.name, id, 'it answered 500');
    expect(await events.make(subject())).toMatchObject({
      status: 'problem',
      message: expect.stringContaining('it answered 500'),
      cure: expect.stringContaining(`tenantry events endpoint resume ${id}`),
    });
  });
});
