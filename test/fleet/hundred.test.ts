import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RolloutHandle } from '../../client/index.js';
import { inParallel } from '../../tenancy/in-parallel.js';
import { eventually } from '../support/eventually.js';
import { longForm } from '../support/long-form.js';
import { withClient } from '../support/sql.js';
import { startTenantry, type TestTenantry } from '../support/tenantry.js';
import { patientTimings } from './support/patient-timings.js';

/*
 * Rollouts of a hundred tenants, each with a database of its own. What rollouts do is tested with six in rollout.test.ts and
 * contracts.test.ts; this is whether it holds with many. Those that sleep are in sleepers.test.ts.
 */

const minutes = 60_000;
/** The tests before the last need a hundred; that one is of use with ten as well. */
const tenants = Number(process.env.FLEET_TENANTS ?? 100);
const ids = Array.from({ length: tenants }, (_, n) => `t${String(n).padStart(3, '0')}`);
const atOnce = 10;

let t: TestTenantry;

beforeAll(async () => {
  if (!longForm) return;
  t = await startTenantry({ fleet: { timings: patientTimings } });
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

  it('serves a half-migrated fleet by pools and by refusals, and applies a contract once nobody is behind', async () => {
    await t.writeMigration('0004_text.sql', 'alter table notes add column markdown text;\n');
    await t.writeMigration('0005_id.sql', '-- tenantry: contract\nalter table notes drop column id;\n');
    const half = tenants / 2;
    const before = (await t.tenantry.get('t000'))?.schemaVersion ?? '';
    expect(await idsAt(before)).toEqual(ids);
    const begun = await t.tenantry.fleet.start({
      verb: 'migrate',
      to: '0004_text',
      waves: [{ size: half, soakMs: 24 * 60 * minutes }, {}],
      parallel: atOnce,
    });
    const treated = async () => (await begun.status()).counts.succeeded;
    await eventually('half of them are migrated', async () => (await treated()) === half, 10 * minutes);
    await begun.pause();
    expect(await begun.result()).toMatchObject({ state: 'paused' });
    const ahead = await idsAt('0004_text');
    expect(ahead).toHaveLength(half);
    const served: string[] = [];
    const refused: string[] = [];
    for (const id of ids) {
      try {
        const pool = await t.tenantry.pool(id, { schema: { atLeast: '0004' } });
        await pool.query('select markdown from notes');
        served.push(id);
      } catch (error) {
        expect(error).toMatchObject({
          code: 'TENANT_SCHEMA_BEHIND',
          schemaVersion: before,
          atLeast: '0004',
        });
        refused.push(id);
      }
    }
    expect(served).toEqual(ahead);
    expect(refused).toHaveLength(half);
    await begun.abort();
    await begun.result();

    const contract = await t.tenantry.fleet.start({ verb: 'migrate', to: '0005_id' });
    const named = `${refused.slice(0, 10).join(', ')}${half > 10 ? ` and ${half - 10} more` : ''}`;
    const trouble = `contract 0005_id.sql is held back: ${half} tenants are behind 0004_text (${named}). Until then the newest that can be applied is 0004_text`;
    expect(await contract.result()).toMatchObject({ state: 'stopped', isEnrolled: false, trouble });
    expect(await idsAt('0005_id')).toEqual([]);
    await contract.abort();
    await contract.result();
    const rest = await t.tenantry.fleet.start({ verb: 'migrate', parallel: atOnce });
    expect(await rest.result()).toMatchObject({
      state: 'done',
      counts: { succeeded: half, skipped: half, failed: 0 },
    });
    expect(await idsAt('0004_text')).toEqual(ids);
    const last = await t.tenantry.fleet.start({ verb: 'migrate', to: '0005_id', parallel: atOnce });
    expect(await last.result()).toMatchObject({ state: 'done', counts: { succeeded: tenants, failed: 0 } });
    expect(await idsAt('0005_id')).toEqual(ids);
    for (const id of ids)
      await expect(sqlOf(id, 'select id from notes')).rejects.toMatchObject({ code: '42703' });
  });
});
