import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { inParallel } from '../../tenancy/in-parallel.js';
import { longForm } from '../support/long-form.js';
import { putToSleep } from '../support/sleepers.js';
import { withClient } from '../support/sql.js';
import { startTenantry, type TestTenantry } from '../support/tenantry.js';
import { patientTimings } from './support/patient-timings.js';

/*
 * A rollout with `--wake-after` of many tenants, each with a database of its own. Its numbers are settings: `FLEET_AWAKE=100
 * FLEET_ASLEEP=1000` takes most of an hour, 35 MB of disk for each tenant and 20 MB of memory for each one awake.
 */

const minutes = 60_000;
const tenantIds = (prefix: string, count: number) =>
  Array.from({ length: count }, (_, n) => `${prefix}${String(n).padStart(4, '0')}`);
const awake = tenantIds('awake-', Number(process.env.FLEET_AWAKE ?? 10));
const asleep = tenantIds('sleeper-', Number(process.env.FLEET_ASLEEP ?? 90));
/** Both kinds of first answers wait for a compute that wakes, and the second for a migration besides. */
const asked = Math.min(20, Math.floor(asleep.length / 4));
const [usual, migrated] = [asleep.slice(0, asked), asleep.slice(asked, 2 * asked)];
const atOnce = 10;

let t: TestTenantry;
const began = performance.now();
const tell = (what: string) =>
  console.log(`${((performance.now() - began) / minutes).toFixed(1)} min: ${what}`);

beforeAll(async () => {
  if (!longForm) return;
  const plan = { region: 'aws-us-east-1' } as const;
  t = await startTenantry({
    fleet: {
      // A sleeper that was woken does not stay in memory until the last one is.
      plans: {
        busy: { ...plan, compute: { maxCu: 0.25, suspendAfterSeconds: 604_800 } },
        sleepy: { ...plan, compute: { maxCu: 0.25, suspendAfterSeconds: 60 } },
      },
      defaultPlan: 'sleepy',
      timings: patientTimings,
    },
  });
  await t.startWorker();
  await t.writeMigration('0001_notes.sql', 'create table notes (id int);\n');
  await inParallel(asleep, atOnce, async (id) => {
    await t.tenantry.execute.onboard({ id });
    await putToSleep(t, id);
    if (asleep.indexOf(id) % 100 === 99) tell(`${id} sleeps`);
  });
  await inParallel(awake, atOnce, (id) => t.tenantry.execute.onboard({ id, plan: 'busy' }));
  tell(`${asleep.length} asleep, ${awake.length} awake`);
}, 60 * minutes);
// A million files are deleted.
afterAll(() => t?.stop(), 30 * minutes);

const asOwn = async (id: string, statement: string) =>
  withClient(await t.tenantry.connectionString(id), (client) => client.query(statement));

async function idsAt(version: string): Promise<string[]> {
  const ids: string[] = [];
  for await (const { id, schemaVersion } of t.tenantry.tenants()) if (schemaVersion === version) ids.push(id);
  return ids;
}

/** The tenants with a compute that is not idle, as the emulator has it. */
async function withRunningCompute(): Promise<string[]> {
  const running = (await t.emulator.records()).flatMap(({ name, endpoints }) =>
    endpoints.some(({ current_state }) => current_state !== 'idle') ? [name] : [],
  );
  return running.map((name) => /(awake|sleeper)-\d+/.exec(name)?.[0] ?? name).sort();
}

/** Compute time of all sleepers, by the emulator's books: one that was woken and fell asleep again has more. */
async function sleepersComputeSeconds(): Promise<number> {
  const sleepers = new Set(
    (await t.emulator.liveProjects())
      .filter(({ name }) => name.startsWith(`${t.fleet.name}-sleeper-`))
      .map(({ id }) => id),
  );
  expect(sleepers.size).toBe(asleep.length);
  return (await t.emulator.usage())
    .filter(({ project_id }) => sleepers.has(project_id))
    .reduce((sum, { compute_unit_seconds }) => sum + compute_unit_seconds, 0);
}

/** How long an application waits for the first answer of a tenant that sleeps, in milliseconds. */
async function firstAnswerMs(id: string): Promise<number> {
  const began = performance.now();
  const pool = await t.tenantry.pool(id);
  await pool.query('select 1');
  return performance.now() - began;
}

const median = (of: number[]) => of.toSorted((a, b) => a - b)[Math.floor(of.length / 2)] ?? Number.NaN;

describe.runIf(longForm)(
  `a rollout to ${awake.length} tenants that are awake and ${asleep.length} that sleep`,
  { timeout: 60 * minutes },
  () => {
    it('wakes none of those that sleep, migrates each when it is first asked for, and all by the deadline', async () => {
      const usualMs: number[] = [];
      for (const id of usual) usualMs.push(await firstAnswerMs(id));
      await inParallel(usual, atOnce, (id) => putToSleep(t, id));
      expect(await withRunningCompute()).toEqual(awake);
      const before = await sleepersComputeSeconds();
      await t.writeMigration('0002_woken.sql', 'create table woken (id int);\n');
      const handle = await t.tenantry.fleet.start({
        verb: 'migrate',
        wakeAfterMs: 24 * 60 * minutes,
        parallel: atOnce,
      });
      expect(await handle.result()).toMatchObject({
        state: 'asleep',
        counts: { succeeded: awake.length, asleep: asleep.length, failed: 0 },
      });
      tell('those awake are migrated');
      expect(await idsAt('0002_woken')).toEqual(awake);
      expect(await withRunningCompute()).toEqual(awake);
      expect(await sleepersComputeSeconds()).toBe(before);
      const migratedMs: number[] = [];
      for (const id of migrated) migratedMs.push(await firstAnswerMs(id));
      tell(
        `first answer of a sleeper, median of ${asked}: ${median(usualMs).toFixed(0)} ms, with a migration ${median(migratedMs).toFixed(0)} ms`,
      );
      expect(median(migratedMs) - median(usualMs)).toBeLessThan(1_000);
      expect((await handle.status()).counts).toMatchObject({
        succeeded: awake.length + migrated.length,
        asleep: asleep.length - migrated.length,
      });
      await withClient(t.environment.TENANTRY_CATALOG_URL ?? '', (client) =>
        client.query(
          `update tenantry.rollouts set wake_at = now(), seen_at = now() - interval '1 hour' where id = $1`,
          [handle.id],
        ),
      );
      await t.sweep();
      // Each look is a query, and this may take half an hour.
      const done = async () => (await handle.status()).state === 'done';
      for (const deadline = Date.now() + 50 * minutes; !(await done()) && Date.now() < deadline; )
        await sleep(1_000);
      tell('none is behind');
      expect(await handle.status()).toMatchObject({
        state: 'done',
        counts: { succeeded: awake.length + asleep.length, failed: 0, asleep: 0 },
      });
      expect(await idsAt('0002_woken')).toEqual([...awake, ...asleep]);
      // That is the catalog's word; some of their databases are asked too.
      for (const id of [...asleep.slice(-5), ...awake.slice(-5)]) await asOwn(id, 'select id from woken');
    });
  },
);
