import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RolloutHandle } from '../../client/index.js';
import { rolloutWorkflowId } from '../../tenancy/naming.js';
import { eventually } from '../support/eventually.js';
import { isAwake, putToSleep } from '../support/sleepers.js';
import { withClient } from '../support/sql.js';
import { quickTimings, startTenantry, type TestTenantry } from '../support/tenantry.js';

let t: TestTenantry;
/** Six, each at the first migration, of every test alike: a test's own migrations come after. */
const ids = ['alpha', 'bravo', 'charlie', 'delta', 'echo', 'foxtrot'];
let number = 1;

beforeAll(async () => {
  t = await startTenantry({ fleet: { timings: { ...quickTimings, migrationLock: 300 } } });
  await t.startWorker();
  await t.writeMigration('0001_notes.sql', 'create table notes (id int);\n');
  await Promise.all(ids.map((id) => t.tenantry.execute.onboard({ id })));
});
afterAll(() => t.stop());

/** The next migration, and its name. */
async function nextMigration(sql: string): Promise<string> {
  number += 1;
  const name = `${String(number).padStart(4, '0')}_next`;
  await t.writeMigration(`${name}.sql`, sql);
  return name;
}

const versions = async () => {
  const { tenants } = await t.tenantry.list();
  return tenants.map(({ schemaVersion }) => schemaVersion);
};

async function report(handle: RolloutHandle) {
  const rows: Record<string, string> = {};
  for await (const { tenantId, state, reason } of handle.report())
    rows[tenantId] = reason === undefined ? state : `${state}: ${reason.message}`;
  return rows;
}

const sqlOf = async (id: string, statement: string) =>
  withClient(await t.tenantry.connectionString(id), (client) => client.query(statement));

describe('a rollout of migrations', () => {
  it('reaches every tenant once, and says so', async () => {
    const name = await nextMigration('create table one (id int);\n');
    const handle = await t.tenantry.fleet.start({ verb: 'migrate', parallel: 3 });
    expect(await handle.result()).toMatchObject({
      state: 'done',
      verb: 'migrate',
      request: { to: name },
      counts: { succeeded: 6, failed: 0, skipped: 0, waiting: 0, running: 0 },
    });
    expect(await versions()).toEqual(Array(6).fill(name));
    for (const id of ids) {
      const history = await t.tenantry.history(id);
      expect(
        history.filter(({ operation, event }) => operation === 'migrate' && event === 'began'),
      ).toHaveLength(1);
    }
    // Again, there is nobody whom it would bring anything.
    const again = await t.tenantry.fleet.start({ verb: 'migrate' });
    expect(again.id).not.toBe(handle.id);
    expect(await again.result()).toMatchObject({ state: 'done', counts: { succeeded: 0, skipped: 6 } });
    expect(await report(again)).toMatchObject({ alpha: `skipped: it is at ${name} already` });
  });

  it('stops at the first that fails, names it and why, and goes on as it is told to', async () => {
    for (const id of ['charlie', 'echo']) await sqlOf(id, 'insert into one values (1), (1)');
    const name = await nextMigration('select 1;\nalter table one add primary key (id);\n');
    const handle = await t.tenantry.fleet.start({ verb: 'migrate', parallel: 1 });
    expect(await handle.result()).toMatchObject({
      state: 'stopped',
      counts: { succeeded: 2, failed: 1, waiting: 3 },
    });
    expect(await t.tenantry.get('charlie')).toMatchObject({ state: 'ready', schemaVersion: '0002_next' });
    // With room for both it treats everybody else.
    await handle.resume({ maxFailures: 2 });
    expect(await handle.result()).toMatchObject({
      state: 'done',
      counts: { succeeded: 4, failed: 2, waiting: 0 },
    });
    const failed = [];
    for await (const member of handle.report({ states: ['failed'] })) failed.push(member);
    expect(failed).toMatchObject(
      ['charlie', 'echo'].map((tenantId) => ({
        tenantId,
        state: 'failed',
        reason: { type: 'MigrationFailed', sqlState: '23505', file: `${name}.sql` },
      })),
    );
    // The cause is mended, and only those two have another turn.
    for (const id of ['charlie', 'echo']) await sqlOf(id, 'delete from one');
    await handle.retryFailed();
    expect(await handle.result()).toMatchObject({ state: 'done', counts: { succeeded: 6, failed: 0 } });
    expect(await versions()).toEqual(Array(6).fill(name));
    const history = await t.tenantry.history('alpha');
    expect(history.filter(({ event, detail }) => event === 'began' && detail.to === name)).toHaveLength(1);
  });

  it('treats a canary first, waits out its soak, and never touches the rest where the canary fails', async () => {
    await sqlOf('delta', 'insert into one values (7)');
    await nextMigration('alter table one add constraint small check (id < 5);\n');
    const handle = await t.tenantry.fleet.start({
      verb: 'migrate',
      waves: [{ where: { idPrefix: 'd' } }, {}],
    });
    expect(await handle.result()).toMatchObject({
      state: 'stopped',
      wave: 0,
      waveCounts: [
        { failed: 1, waiting: 0 },
        { succeeded: 0, waiting: 5 },
      ],
    });
    await handle.abort();
    expect(await handle.status()).toMatchObject({ state: 'running' });
    await eventually('it is over', async () => (await handle.status()).state === 'aborted');
    expect((await handle.status()).counts).toMatchObject({ failed: 1, waiting: 5, succeeded: 0 });
    await sqlOf('delta', 'delete from one');
    const soaked = await t.tenantry.fleet.start({
      verb: 'migrate',
      waves: [{ where: { idPrefix: 'd' }, soakMs: 1_500 }, { parallel: 6 }],
    });
    await eventually('the canary is treated', async () => (await soaked.status()).counts.succeeded === 1);
    const [canary] = (await soaked.status()).waveCounts;
    expect(canary).toMatchObject({ succeeded: 1 });
    expect(await soaked.result()).toMatchObject({ state: 'done', counts: { succeeded: 6 } });
    const members = [];
    for await (const member of soaked.report()) members.push(member);
    const canaryEnded = members.find(({ tenantId }) => tenantId === 'delta')?.endedAt ?? new Date();
    for (const { tenantId, beganAt } of members)
      if (tenantId !== 'delta') expect(Number(beganAt) - Number(canaryEnded)).toBeGreaterThan(1_000);
  });

  it('begins nothing more within two seconds of a pause, and new tenants are born at what is rolled out', async () => {
    const rolledOut = (await versions())[0];
    const name = await nextMigration('select pg_sleep(0.7);\ncreate table slow (id int);\n');
    const handle = await t.tenantry.fleet.start({ verb: 'migrate', parallel: 1 });
    await eventually('it has treated one', async () => (await handle.status()).counts.succeeded === 1);
    await handle.pause();
    const pausedAt = Date.now();
    expect(await handle.result()).toMatchObject({ state: 'paused' });
    const began: number[] = [];
    for await (const { beganAt } of handle.report()) if (beganAt !== undefined) began.push(Number(beganAt));
    expect(Math.max(...began)).toBeLessThan(pausedAt + 2_000);
    expect(began.length).toBeLessThan(4);
    await t.tenantry.execute.onboard({ id: 'golf' });
    expect(await t.tenantry.get('golf')).toMatchObject({ state: 'ready', schemaVersion: rolledOut });
    // Asked for again from anywhere, it is the same one; it says of itself that it is paused.
    const same = await t.tenantry.fleet.start({ verb: 'migrate' });
    expect(same.id).toBe(handle.id);
    expect(await same.status()).toMatchObject({ state: 'paused' });
    await expect(t.tenantry.fleet.start({ verb: 'migrate', where: { plan: 'pro' } })).rejects.toMatchObject({
      code: 'ROLLOUT_UNDER_WAY',
      rolloutId: handle.id,
    });
    await handle.resume({ parallel: 6 });
    // Whoever came meanwhile is treated too.
    expect(await handle.result()).toMatchObject({ state: 'done', counts: { succeeded: 7 } });
    expect(await t.tenantry.get('golf')).toMatchObject({ schemaVersion: name });
    await t.tenantry.execute.offboard('golf', { graceMs: 0 });
    await t.tenantry.execute.erase('golf');
  });

  it('is taken up by the sweep where somebody has terminated its run, and treats nobody twice', async () => {
    const name = await nextMigration('select pg_sleep(0.5);\ncreate table terminated (id int);\n');
    const handle = await t.tenantry.fleet.start({ verb: 'migrate', parallel: 2 });
    await eventually('it has treated some', async () => (await handle.status()).counts.succeeded >= 2);
    await t.temporal.workflow.getHandle(rolloutWorkflowId(t.fleet.name, handle.id)).terminate();
    await withClient(t.environment.TENANTRY_CATALOG_URL ?? '', (client) =>
      client.query(`update tenantry.rollouts set seen_at = now() - interval '1 hour' where ended_at is null`),
    );
    await t.sweep();
    expect(await handle.result()).toMatchObject({ state: 'done', counts: { succeeded: 6 } });
    for (const id of ids) {
      const history = await t.tenantry.history(id);
      const applied = history.filter(
        ({ operation, event, detail }) =>
          operation === 'migrate' && event === 'succeeded' && (detail.applied as string[]).includes(name),
      );
      expect(applied).toHaveLength(1);
    }
  });

  it('leaves those that sleep alone until they wake, or until their time has come', async () => {
    const asleep = ['alpha', 'bravo', 'charlie'];
    for (const id of asleep) await putToSleep(t, id);
    await nextMigration('create table woken (id int);\n');
    const handle = await t.tenantry.fleet.start({ verb: 'migrate', wakeAfterMs: 600_000 });
    expect(await handle.result()).toMatchObject({ state: 'asleep', counts: { succeeded: 3, asleep: 3 } });
    for (const id of asleep) expect(await isAwake(t, id)).toBe(false);
    const pool = await t.tenantry.pool('alpha');
    expect((await pool.query('select * from woken')).rows).toEqual([]);
    expect((await handle.status()).counts).toMatchObject({ succeeded: 4, asleep: 2 });
    for (const id of ['bravo', 'charlie']) expect(await isAwake(t, id)).toBe(false);
  });
});
