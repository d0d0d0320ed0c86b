import { beforeEach, describe, expect, it } from 'vitest';
import { withClient } from '../support/sql.js';
import { tenantIdOf } from '../tenancy/tenant-id-of.js';
import { testCatalog } from './test-catalog.js';

const test = testCatalog();
const fleet = 'kept';
const day = 86_400_000;
const kept = {
  rolloutsMs: 90 * day,
  eventsMs: 30 * day,
  usageHoursMs: 62 * day,
  usageMs: 400 * day,
  drillsMs: 400 * day,
  backupHistoryMs: 90 * day,
};
const ample = { rows: 500, forMs: 60_000 };
const sql = (query: string, values: readonly unknown[] = []) => test.rows(query, values);
const prune = (limits: Partial<typeof ample> = {}) =>
  test.catalog.retention.prune(fleet, kept, { ...ample, ...limits });
const isDue = () => test.catalog.retention.isDue(fleet, kept);
const count = async (table: string) =>
  Number((await sql(`select count(*) from tenantry.${table} where fleet = $1`, [fleet]))[0]?.count);

beforeEach(async () => {
  for (const table of ['events', 'event_endpoints', 'rollouts', 'usage', 'usage_days', 'usage_projects'])
    await sql(`delete from tenantry.${table} where fleet = $1`, [fleet]);
});

async function rollout(id: string, endedDaysAgo: number | null, members: number): Promise<void> {
  await sql(
    `insert into tenantry.rollouts (fleet, id, verb, request, filter, waves, pace, key, created_at, enrolled_at, ended_at)
     values ($1, $2, 'repair', '{}', '{}', '[{}]', '{"maxFailures":0}', $2, now() - interval '200 days',
       now() - interval '200 days', now() - make_interval(days => $3))`,
    [fleet, id, endedDaysAgo],
  );
  await sql(
    `insert into tenantry.rollout_tenants (fleet, rollout_id, tenant_id, wave, state)
     select $1, $2, 'tenant-' || n, 0, 'failed' from generate_series(1, $3::integer) n`,
    [fleet, id, members],
  );
}

describe('rollouts', () => {
  it('go with the outcome of each tenant some time after their end, and never before it', async () => {
    await rollout('old', 91, 3);
    await rollout('young', 89, 2);
    await rollout('unfinished', null, 2);
    expect(await isDue()).toBe(true);
    expect(await prune()).toMatchObject({ rollouts: 4 });
    expect((await test.catalog.rollouts.list(fleet, 10)).map(({ id }) => id).sort()).toEqual([
      'unfinished',
      'young',
    ]);
    expect(await count('rollout_tenants')).toBe(4);
    expect(await isDue()).toBe(false);
  });

  it('go in batches, are read by nobody meanwhile, and cannot be retried', async () => {
    await rollout('large', 100, 25);
    const { rollouts } = test.catalog;
    await sql(`create table if not exists batches (deleted bigint)`);
    await sql(`create or replace function note_batch() returns trigger language plpgsql as $$
      begin insert into batches select count(*) from gone; return null; end $$`);
    await sql(`create or replace trigger noted after delete on tenantry.rollout_tenants
      referencing old table as gone for each statement execute function note_batch()`);
    expect(await prune({ forMs: 0 })).toMatchObject({ rollouts: 0 });
    // As a worker that dies between two batches leaves it.
    await sql(`update tenantry.rollouts set pruned_at = now() where id = 'large'`);
    expect(await rollouts.get(fleet, 'large')).toBeUndefined();
    expect(await rollouts.list(fleet, 10)).toEqual([]);
    expect(await rollouts.of({ fleet, id: tenantIdOf('tenant-1') })).toEqual([]);
    expect(await rollouts.retry(fleet, 'large')).toBeUndefined();
    expect(await prune({ rows: 10 })).toMatchObject({ rollouts: 26 });
    expect(
      (await sql('select deleted::integer from batches where deleted > 0')).map(({ deleted }) => deleted),
    ).toEqual([10, 10, 5]);
    expect(await count('rollouts')).toBe(0);
    await sql('drop trigger noted on tenantry.rollout_tenants');
  });
});

describe('events', () => {
  const event = (daysAgo: number, subject = 'acme') =>
    sql(
      `insert into tenantry.events (fleet, tenant_id, type, at, data)
       values ($1, $2, 'tenant.erased.v1', now() - make_interval(days => $3), '{}')`,
      [fleet, subject, daysAgo],
    );
  const endpoint = (cursor: number) =>
    sql(
      `insert into tenantry.event_endpoints (fleet, id, url, cursor) values ($1, $2, 'https://a.example', $3)`,
      [fleet, `ep-${cursor}`, cursor],
    );
  /** The days that are left, the oldest first. */
  const left = async () =>
    (
      await sql(
        `select round(extract(epoch from now() - at) / 86400)::integer as days from tenantry.events where fleet = $1 order by at`,
        [fleet],
      )
    ).map(({ days }) => days);

  it('go after their time where there is no endpoint, numbered or not', async () => {
    await event(40);
    await test.catalog.events.list(fleet, { limit: 1 });
    for (const days of [31, 29]) await event(days);
    expect(await isDue()).toBe(true);
    expect(await prune()).toMatchObject({ events: 2 });
    expect(await left()).toEqual([29]);
    expect(await isDue()).toBe(false);
  });

  it('stay until every endpoint has accepted them', async () => {
    await sql('delete from tenantry.event_heads');
    for (const days of [60, 50, 40, 35]) await event(days);
    await test.catalog.events.list(fleet, { limit: 1 });
    await endpoint(3);
    await endpoint(4);
    await sql(
      `insert into tenantry.event_deliveries (fleet, endpoint_id, position, subject, delivered_at)
       values ($1, 'ep-4', 1, 'tenant/acme', now()), ($1, 'ep-4', 2, 'tenant/acme', null)`,
      [fleet],
    );
    // Not numbered yet, so no endpoint was sent it.
    await event(33);
    expect(await prune()).toMatchObject({ events: 2 });
    expect(await left()).toEqual([50, 35, 33]);
    expect(await isDue()).toBe(false);
    await sql('update tenantry.event_deliveries set delivered_at = now()');
    expect(await prune()).toMatchObject({ events: 1 });
    expect(await left()).toEqual([35, 33]);
  });

  it('go without waiting for one that somebody else holds', async () => {
    for (const days of [60, 50]) await event(days);
    await withClient(test.url, async (client) => {
      await client.query('begin');
      await client.query('select 1 from tenantry.events where fleet = $1 order by at limit 1 for update', [
        fleet,
      ]);
      expect(await prune()).toMatchObject({ events: 1 });
      await client.query('rollback');
    });
    expect(await left()).toEqual([60]);
  });
});

describe('usage', () => {
  /** Hours of a project, from that many days ago; more branches in the afternoon, another plan in the evening. */
  const hours = (project: string, daysAgo: number, days: number) =>
    sql(
      `insert into tenantry.usage
       select $1, hour, $2, 'acme', case when extract(hour from hour) >= 20 then 'pro' else 'free' end, 11, 12, 13, 14, 15, 16, 17,
         case when extract(hour from hour) between 12 and 17 then 14 else 9 end, now()
       from generate_series(date_trunc('day', now(), 'UTC') - make_interval(days => $3),
         date_trunc('day', now(), 'UTC') - make_interval(days => $3 - $4, hours => 1), interval '1 hour') hour`,
      [project, fleet, daysAgo, days],
    );
  const key = { fleet, id: tenantIdOf('acme') };
  const told = async () => ({
    all: await test.catalog.usage.report(fleet, { from: new Date(0), to: new Date() }, 10),
    months: await test.catalog.usage.months(key),
  });

  it('of an old day becomes a row for each plan and number of branches, and its sums stay the same', async () => {
    for (const project of ['one', 'two', 'three']) await hours(project, 70, 3);
    await hours('one', 62, 1);
    await hours('one', 20, 1);
    const before = await told();
    expect(before.all.map(({ usage }) => usage.extraBranchHours)).toEqual([(3 * 3 + 2) * 6 * 5, 0]);
    expect(await isDue()).toBe(true);
    // As of a worker that dies after the first batch.
    expect(await prune({ rows: 2, forMs: 0.000_001 })).toMatchObject({ usageHours: 0 });
    expect(await prune({ rows: 2 })).toMatchObject({ usageHours: 27 });
    expect(await told()).toEqual(before);
    expect(await count('usage')).toBe(48);
    expect(await count('usage_days')).toBe(27);
    expect(await isDue()).toBe(false);
  });

  it('by the day loses the id of a tenant that is erased, and stays in the sums', async () => {
    await hours('old', 70, 1);
    await prune();
    await sql(
      `insert into tenantry.tenants (fleet, id, state, settled_state, plan, app_role, run_id)
       values ($1, 'acme', 'offboarded', 'offboarded', 'free', 'role', 'before')`,
      [fleet],
    );
    const writer = { ...key, runId: 'erasing', workflowId: 'tenant/acme' };
    await test.catalog.operations.begin(writer, 'erase', {});
    await test.catalog.operations.succeed(writer, 'erase', { detail: {} });
    expect(await sql('select distinct tenant_id from tenantry.usage_days')).toEqual([{ tenant_id: null }]);
    expect((await told()).all.map(({ usage }) => usage.computeUnitSeconds)).toEqual([20 * 11, 4 * 11]);
  });

  it('goes by whole months, with the rows of projects that were deleted by then', async () => {
    await hours('old', 440, 60);
    await sql(
      `insert into tenantry.usage_projects (project_id, fleet, due_at, gone_at)
       values ('old', $1, null, now() - interval '440 days'), ('there', $1, now(), null), ('gone', $1, null, now())`,
      [fleet],
    );
    await prune();
    const [first] = await sql(
      `select min(hour) = date_trunc('month', now() - interval '400 days', 'UTC') as whole from tenantry.usage_days where fleet = $1`,
      [fleet],
    );
    expect(first).toEqual({ whole: true });
    expect(
      (await sql('select project_id from tenantry.usage_projects order by 1')).map((row) => row.project_id),
    ).toEqual(['gone', 'there']);
    expect(await isDue()).toBe(false);
  });
});

describe('usage that is kept for a shorter time than its hours', () => {
  it('goes after that time, and not when its hours would have been added up', async () => {
    await sql(
      `insert into tenantry.usage
       select 'p', hour, $1, 'acme', 'free', 1, 1, 1, 1, 1, 1, 1, 1, now()
       from unnest(array[date_trunc('month', now() - interval '35 days', 'UTC') - interval '1 hour', now()]) hour`,
      [fleet],
    );
    const shorter = { ...kept, usageMs: 35 * day, usageHoursMs: 400 * day };
    expect(await test.catalog.retention.isDue(fleet, shorter)).toBe(true);
    expect(await test.catalog.retention.prune(fleet, shorter, ample)).toMatchObject({ usage: 1 });
    expect(await count('usage')).toBe(1);
    expect(await test.catalog.retention.isDue(fleet, shorter)).toBe(false);
  });
});

describe('drills and the history of backups', () => {
  it('keep the last drill of each tenant', async () => {
    await sql(
      `insert into tenantry.drills (fleet, id, tenant_id, snapshot, taken_at, at, evidence)
       select $1, id, tenant, 's', now(), now() - make_interval(days => days), '{}'
       from (values ('a1', 'a', 500), ('a2', 'a', 450), ('a3', 'a', 10), ('b1', 'b', 600)) as d (id, tenant, days)`,
      [fleet],
    );
    expect(await isDue()).toBe(true);
    expect(await prune()).toMatchObject({ drills: 2 });
    expect((await sql('select id from tenantry.drills order by id')).map(({ id }) => id)).toEqual([
      'a3',
      'b1',
    ]);
    expect(await isDue()).toBe(false);
  });

  it('lose what policy did, and keep what people asked for and the run that held the tenant last', async () => {
    await sql(
      `insert into tenantry.tenants (fleet, id, state, settled_state, plan, app_role, run_id)
       values ($1, 'acme', 'ready', 'ready', 'free', 'role', 'last')`,
      [fleet],
    );
    await sql(
      `insert into tenantry.history (fleet, tenant_id, at, operation, event, state, workflow_id, run_id, detail)
       select $1, 'acme', now() - make_interval(days => days), 'snapshot', event, 'ready', 'w', run, detail::jsonb
       from (values
         (100, 'began', 'old', '{"isBackup":true}'), (100, 'succeeded', 'old', '{"name":"backup-1"}'),
         (99, 'noted', 'sweep', '{"snapshot":"backup-1","removed":"expired","isBackup":true}'),
         (98, 'began', 'asked', '{"name":"mine"}'), (98, 'succeeded', 'asked', '{}'), (97, 'noted', 'sweep', '{"snapshot":"mine"}'),
         (96, 'began', 'last', '{"isBackup":true}'), (96, 'failed', 'last', '{}'),
         (10, 'began', 'young', '{"isBackup":true}'), (10, 'succeeded', 'young', '{}')
       ) as h (days, event, run, detail)`,
      [fleet],
    );
    expect(await isDue()).toBe(true);
    expect(await prune()).toMatchObject({ backupHistory: 2 });
    const left = await test.catalog.history.of({ fleet, id: tenantIdOf('acme') });
    expect(left.map(({ event, runId }) => `${runId} ${event}`)).toEqual([
      'asked began',
      'asked succeeded',
      'sweep noted',
      'last began',
      'last failed',
      'young began',
      'young succeeded',
    ]);
    expect(await isDue()).toBe(false);
  });
});

describe('many records that have to stay', () => {
  it('do not keep younger ones from being deleted', async () => {
    await sql('delete from tenantry.history where fleet = $1', [fleet]);
    // A plan's backups were switched off: the last run of each of its tenants was one.
    await sql(
      `insert into tenantry.tenants (fleet, id, state, settled_state, plan, app_role, run_id)
       select $1, 'off-' || n, 'ready', 'ready', 'free', 'role of off-' || n, 'run-' || n from generate_series(1, 5001) n`,
      [fleet],
    );
    await sql(
      `insert into tenantry.history (fleet, tenant_id, at, operation, event, state, workflow_id, run_id, detail)
       select $1, 'off-' || n, now() - interval '200 days', 'snapshot', 'began', 'ready', 'w', 'run-' || n, '{"isBackup":true}'
       from generate_series(1, 5001) n`,
      [fleet],
    );
    await sql(
      `insert into tenantry.history (fleet, tenant_id, at, operation, event, state, workflow_id, run_id, detail)
       values ($1, 'off-1', now() - interval '100 days', 'snapshot', 'began', 'ready', 'w', 'another', '{"isBackup":true}')`,
      [fleet],
    );
    expect(await isDue()).toBe(true);
    expect(await prune()).toMatchObject({ backupHistory: 1 });
    expect(await isDue()).toBe(false);
  });
});
