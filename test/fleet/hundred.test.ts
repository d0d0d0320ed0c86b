import { performance } from 'node:perf_hooks';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RolloutHandle } from '../../client/index.js';
import { inParallel } from '../../tenancy/in-parallel.js';
import { eventually } from '../support/eventually.js';
import { longForm } from '../support/long-form.js';
import { isAwake, putToSleep } from '../support/sleepers.js';
import { withClient } from '../support/sql.js';
import { quickTimings, startTenantry, type TestTenantry } from '../support/tenantry.js';

/*
 * Rollouts of a hundred tenants, each with a database of its own. What rollouts do is tested with six in rollout.test.ts; this is
 * whether it holds with many.
 */

const minutes = 60_000;
const tenants = 100;
const ids = Array.from({ length: tenants }, (_, n) => `t${String(n).padStart(3, '0')}`);
const atOnce = 10;

let t: TestTenantry;

beforeAll(async () => {
  if (!longForm) return;
  t = await startTenantry({ fleet: { timings: { ...quickTimings, shortStep: 20_000, neonCall: 20_000 } } });
  await t.startWorker();
  await t.writeMigration('0001_notes.sql', 'create table notes (id int);\n');
  await inParallel(ids, atOnce, (id) => t.tenantry.execute.onboard({ id }));
}, 20 * minutes);
afterAll(() => t?.stop());

const sqlOf = async (id: string, statement: string) =>
  withClient(await t.tenantry.connectionString(id), (client) => client.query(statement));

async function idsAt(version: string): Promise<string[]> {
  const { tenants } = await t.tenantry.list({ limit: 1_000 });
  return tenants.filter(({ schemaVersion }) => schemaVersion === version).map(({ id }) => id);
}

async function begunAt(handle: RolloutHandle): Promise<number[]> {
  const began: number[] = [];
  for await (const { beganAt } of handle.report()) if (beganAt !== undefined) began.push(Number(beganAt));
  return began;
}

/** How long an application waits for the first answer of a tenant that sleeps, in milliseconds. */
async function firstAnswerMs(id: string): Promise<number> {
  const began = performance.now();
  const pool = await t.tenantry.pool(id);
  await pool.query('select 1');
  return performance.now() - began;
}

const median = (of: number[]) => of.toSorted((a, b) => a - b)[Math.floor(of.length / 2)] ?? Number.NaN;

describe.runIf(longForm)(`a rollout of ${tenants} tenants`, { timeout: 15 * minutes }, () => {
  it('is stopped by its canary, treats all but three with more room, and those once the cause is mended', async () => {
    const unfit = ['t003', 't040', 't077'];
    for (const id of unfit) await sqlOf(id, 'insert into notes values (1), (1)');
    await t.writeMigration('0002_key.sql', 'select 1;\nalter table notes add primary key (id);\n');
    const handle = await t.tenantry.fleet.start({
      verb: 'migrate',
      waves: [{ where: { idPrefix: 't00' } }, {}],
      parallel: 1,
    });
    expect(await handle.result()).toMatchObject({
      state: 'stopped',
      wave: 0,
      waveCounts: [
        { succeeded: 3, failed: 1, waiting: 6 },
        { succeeded: 0, failed: 0, waiting: 90 },
      ],
    });
    await handle.resume({ maxFailures: 3, parallel: atOnce });
    expect(await handle.result()).toMatchObject({ state: 'done', counts: { succeeded: 97, failed: 3 } });
    const failed = [];
    for await (const member of handle.report({ states: ['failed'] })) failed.push(member);
    expect(failed).toMatchObject(
      unfit.map((tenantId) => ({
        tenantId,
        reason: { type: 'MigrationFailed', sqlState: '23505', file: '0002_key.sql' },
      })),
    );
    expect(await idsAt('0001_notes')).toEqual(unfit);
    for (const id of unfit) await sqlOf(id, 'delete from notes');
    await handle.retryFailed();
    expect(await handle.result()).toMatchObject({ state: 'done', counts: { succeeded: 100, failed: 0 } });
    expect(await idsAt('0002_key')).toEqual(ids);
    for (const id of ids) {
      const began = (await t.tenantry.history(id)).filter(
        ({ event, detail }) => event === 'began' && detail.rollout === handle.id,
      );
      expect(began).toHaveLength(unfit.includes(id) ? 2 : 1);
    }
  });

  it('is paused, goes on, and is aborted, and leaves those untouched that it had not begun with', async () => {
    await t.writeMigration('0003_slow.sql', 'select pg_sleep(0.3);\ncreate table slow (id int);\n');
    const handle = await t.tenantry.fleet.start({ verb: 'migrate', parallel: 5 });
    const treated = (some: number) =>
      eventually(
        `${some} are treated`,
        async () => (await handle.status()).counts.succeeded >= some,
        10 * minutes,
      );
    await treated(10);
    await handle.pause();
    const pausedAt = Date.now();
    expect(await handle.result()).toMatchObject({ state: 'paused' });
    // What has begun comes to its end.
    await eventually('none is in hand', async () => (await handle.status()).counts.running === 0);
    const paused = await handle.status();
    expect(paused).toMatchObject({ state: 'paused', counts: { failed: 0 } });
    const begun = await begunAt(handle);
    expect(Math.max(...begun)).toBeLessThan(pausedAt + 2_000);
    expect(paused.counts.waiting).toBe(tenants - begun.length);
    await handle.resume();
    await treated(paused.counts.succeeded + 10);
    await handle.abort();
    await eventually('it is aborted', async () => (await handle.status()).state === 'aborted', 5 * minutes);
    const { counts } = await handle.status();
    expect(counts).toMatchObject({ running: 0, failed: 0, waiting: tenants - counts.succeeded });
    expect(counts.waiting).toBeGreaterThan(0);
    expect(await idsAt('0003_slow')).toHaveLength(counts.succeeded);
    expect(await idsAt('0002_key')).toHaveLength(counts.waiting);
    // Another one treats those that are left, and passes over the others.
    const rest = await t.tenantry.fleet.start({ verb: 'migrate', parallel: atOnce });
    expect(await rest.result()).toMatchObject({
      state: 'done',
      counts: { succeeded: counts.waiting, skipped: counts.succeeded },
    });
    expect(await idsAt('0003_slow')).toEqual(ids);
  });

  it('wakes none of those that sleep, migrates each when it is first asked for, and all by the deadline', async () => {
    const awake = ids.slice(0, 10);
    const asleep = ids.slice(10);
    // Both kinds of answers wait for a compute that wakes, and the second for a migration besides.
    const [usual, migrated] = [asleep.slice(0, 5), asleep.slice(5, 10)];
    await inParallel(asleep, atOnce, (id) => putToSleep(t, id));
    const usualMs: number[] = [];
    for (const id of usual) usualMs.push(await firstAnswerMs(id));
    await inParallel(usual, atOnce, (id) => putToSleep(t, id));
    for (const id of awake) await sqlOf(id, 'select 1');
    await t.writeMigration('0004_woken.sql', 'create table woken (id int);\n');
    const handle = await t.tenantry.fleet.start({
      verb: 'migrate',
      wakeAfterMs: 3_600_000,
      parallel: atOnce,
    });
    expect(await handle.result()).toMatchObject({ state: 'asleep', counts: { succeeded: 10, asleep: 90 } });
    expect(await idsAt('0004_woken')).toEqual(awake);
    expect(await inParallel(asleep, atOnce, (id) => isAwake(t, id))).not.toContain(true);
    const migratedMs: number[] = [];
    for (const id of migrated) migratedMs.push(await firstAnswerMs(id));
    console.log(
      `first answer of a sleeper: ${median(usualMs).toFixed(0)} ms, with a migration ${median(migratedMs).toFixed(0)} ms`,
    );
    expect(median(migratedMs) - median(usualMs)).toBeLessThan(1_000);
    expect((await handle.status()).counts).toMatchObject({ succeeded: 15, asleep: 85 });
    await withClient(t.environment.TENANTRY_CATALOG_URL ?? '', (client) =>
      client.query(
        `update tenantry.rollouts set wake_at = now(), seen_at = now() - interval '1 hour' where id = $1`,
        [handle.id],
      ),
    );
    await t.sweep();
    await eventually('all are migrated', async () => (await handle.status()).state === 'done', 5 * minutes);
    expect((await handle.status()).counts).toMatchObject({ succeeded: 100, failed: 0 });
    expect(await idsAt('0004_woken')).toEqual(ids);
  });
});
