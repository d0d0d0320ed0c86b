import { Client, Connection } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TenantryClient } from '../../client/index.js';
import { connects, cutOffAt, ownerOf, readyTenant, setQuota } from '../hands/cut-off.js';
import { runTenantry } from '../support/command-line.js';
import { eventually } from '../support/eventually.js';
import { more } from '../support/long-form.js';
import { withClient } from '../support/sql.js';
import { quickTimings, startTenantry, type TestTenantry } from '../support/tenantry.js';
import { startKillableWorker } from '../support/worker-process.js';

let t: TestTenantry;

beforeAll(async () => {
  // An hourly sweep begins when the clock strikes, which takes up what is to be told of.
  const never = 315_360_000_000;
  t = await startTenantry({
    fleet: { timings: { ...quickTimings, databaseDeadline: 2_000, sweep: never } },
  });
});

afterAll(() => t.stop());

const asCatalog = (sql: string, values: unknown[] = []) =>
  withClient(t.environment.TENANTRY_CATALOG_URL ?? '', (client) => client.query(sql, values));

/** Ten minutes pass for what the catalog has of a tenant. */
async function later(id: string): Promise<void> {
  await asCatalog("update tenantry.tenants set updated_at = updated_at - interval '10 min' where id = $1", [
    id,
  ]);
  await asCatalog(
    `update tenantry.progress set updated_at = updated_at - interval '10 min',
       wait = jsonb_set(wait, '{since}', to_jsonb('2026-01-01T00:00:00.000Z'::text)) where tenant_id = $1`,
    [id],
  );
}

const found = async () =>
  (await t.tenantry.attention()).map(({ kind, tenantId = '' }) => `${kind} ${tenantId}`);
const refused = { method: 'DELETE', path: '/projects/*' } as const;

describe('what does not go on by itself', () => {
  it('is nothing while all is well, operations under way among it', async () => {
    const worker = await startKillableWorker(t);
    await readyTenant(t, 'well');
    await t.tenantry.execute.onboard({ id: 'asleep' });
    await t.tenantry.execute.suspend('asleep');
    const hold = await t.emulator.addFault({
      match: { method: 'POST', path: '/projects' },
      effect: { kind: 'hold-before-apply' },
    });
    const busy = await t.tenantry.start.onboard({ id: 'busy' });
    await hold.struck();
    await later('busy');
    expect(await found()).toEqual([]);
    await hold.lift();
    await busy.result();
    const leaving = await t.tenantry.start.offboard('busy', { graceMs: 3_600_000 });
    for await (const { until } of leaving.progress()) if (until !== undefined) break;
    await later('busy');
    expect(await found()).toEqual([]);
    await worker.stop();
  });

  it('is told of whatever it is, with the command that ends it', { timeout: 120_000 }, async () => {
    const worker = await startKillableWorker(t);

    // An onboarding that Neon refuses.
    await t.emulator.addFault({
      match: { method: 'POST', path: '/projects' },
      effect: { kind: 'status', status: 400, body: { code: '', message: 'no such region' } },
    });
    await expect(t.tenantry.execute.onboard({ id: 'failed' })).rejects.toThrow('no such region');

    // A deletion that Neon refuses, in an offboarding and in the sweep.
    await readyTenant(t, 'stuck');
    await readyTenant(t, 'kept');
    await t.tenantry.execute.move('kept');
    const deletions = await t.emulator.addFault({
      match: { ...refused, times: 1_000 },
      effect: { kind: 'status', status: 422 },
    });
    await expect(t.tenantry.execute.offboard('stuck', { graceMs: 0 })).rejects.toThrow();
    await asCatalog("update tenantry.projects set due_at = due_at - interval '30 days'");
    await t.sweep();
    await deletions.lift();

    // Runs that somebody ended.
    await readyTenant(t, 'suspended-by-half');
    await cutOffAt(t, 'suspended-by-half', { method: 'PATCH', path: '/projects/*' }, () =>
      t.tenantry.start.suspend('suspended-by-half'),
    );
    await later('suspended-by-half');
    await readyTenant(t, 'moved-by-half');
    await cutOffAt(t, 'moved-by-half', { method: 'POST', path: '/projects' }, () =>
      t.tenantry.start.move('moved-by-half'),
    );
    await later('moved-by-half');

    // Neon asks for patience.
    const waits = async (id: string) => {
      await t.tenantry.start.onboard({ id });
      await eventually('it waits', async () => {
        const [row] = await t.catalog.progress.of(t.fleet.name, [id]);
        return row?.wait !== undefined;
      });
      await later(id);
    };
    const created = { method: 'POST', path: '/projects' } as const;
    await t.emulator.addFault({ match: created, effect: { kind: 'rate-limit', retry_after: 3_600 } });
    await waits('limited');

    // It has used up what its plan gives it.
    await readyTenant(t, 'grown');
    await setQuota(t, 'grown', { active_time_seconds: 1 });
    await eventually('the quota keeps it out', async () => !(await connects(await ownerOf(t, 'grown'))));
    await expect(t.tenantry.execute.move('grown')).rejects.toMatchObject({
      reason: { type: 'DatabaseOverQuota' },
    });

    // A login that nobody accounts for.
    await readyTenant(t, 'opened');
    await withClient(await ownerOf(t, 'opened'), (owner) =>
      owner.query("create role backdoor login password 'x'"),
    );
    await expect(t.tenantry.execute.rotateCredentials('opened', { now: true })).rejects.toThrow('backdoor');

    // Neon has nothing for anyone.
    const overload = await t.emulator.addFault({
      match: { ...created, times: 1_000 },
      effect: { kind: 'status', status: 503, body: { code: '', message: 'overloaded' } },
    });
    await waits('unavailable');

    await worker.stop('SIGKILL');
    await overload.lift();
    await eventually('the worker is missed', async () => (await found()).includes('no-worker '));
    expect(await found()).toEqual([
      'no-worker ',
      'failed failed',
      'over-quota grown',
      'not-deleted kept',
      'waiting limited',
      'no-run moved-by-half',
      'drifted opened',
      'stuck stuck',
      'no-run suspended-by-half',
      'waiting unavailable',
    ]);
    // What the catalog alone tells of it is counted alike for the metrics.
    const { attention } = await t.catalog.gauges(t.fleet.name, t.taskQueue);
    expect(attention).toEqual({
      failed: 1,
      'over-quota': 1,
      'not-deleted': 1,
      waiting: 2,
      drifted: 1,
      stuck: 1,
    });
    // Their runs have ended, and are no operation under way.
    for (const id of ['stuck', 'moved-by-half']) expect(await t.tenantry.operationStatus(id)).toBeUndefined();
    const grown = JSON.parse((await runTenantry(['show', 'grown', '--json'], t.environment)).stdout);
    expect(grown).toMatchObject({ state: 'ready', attention: expect.stringContaining('quota') });
    expect((await t.tenantry.list({ where: { attention: true } })).tenants.map(({ id }) => id)).toContain(
      'grown',
    );
    const { stdout, exitCode } = await runTenantry(['attention'], t.environment);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(
      /^the fleet: no-worker, for \d+s\n {2}no worker takes tasks from "\S+": the last, \S+, was seen at \S+\n {2}→ .*worker$/m,
    );
    expect(stdout).toMatch(
      /^stuck: stuck, for .*\n {2}an operation ended in the middle .*422.*\n {2}→ .*offboard stuck$/m,
    );
    // To give it up would only undo an onboarding that Neon will let through.
    expect(stdout).toMatch(
      /^unavailable: waiting, for .*\n {2}.*503.*; tried \d+ times\. Nothing to do: it continues .* https:\/\/neonstatus\.com\.\n {2}→ .*show unavailable$/m,
    );
    const json = JSON.parse((await runTenantry(['attention', '--json'], t.environment)).stdout) as object[];
    expect(json).toHaveLength(10);
    expect(json[1]).toEqual({
      kind: 'failed',
      id: 'failed',
      message: expect.stringContaining('no such region'),
      since: expect.stringMatching(/^20/),
      command: 'onboard failed --plan free',
    });
  });

  more('is told as far as it can be while Temporal is away', async () => {
    // A plan cannot be changed in the middle of a move.
    await asCatalog("update tenantry.tenants set state = 'moving' where id = 'grown'");
    await asCatalog(
      `update tenantry.tenants set failure = '{"type":"DatabaseOverQuota","message":"used up"}' where id = 'asleep'`,
    );
    const connection = Connection.lazy({ address: '127.0.0.1:1' });
    const { fleet, catalog, taskQueue } = t;
    const client = new TenantryClient({ fleet, catalog, taskQueue, temporal: new Client({ connection }) });
    const [first, ...others] = await client.attention();
    expect(first).toMatchObject({ kind: 'no-temporal', message: expect.stringContaining('127.0.0.1:1') });
    expect(others.map(({ kind, command }) => `${kind}: ${command}`)).toEqual(
      expect.arrayContaining(['over-quota: resume asleep', 'stuck: offboard stuck', 'stuck: repair grown']),
    );
    const idle = new TenantryClient({
      fleet: { ...fleet, name: 'idle' },
      catalog,
      taskQueue,
      temporal: new Client({ connection }),
    });
    expect((await idle.attention()).map(({ kind }) => kind)).toEqual(['no-temporal', 'no-worker']);
    await idle.close();
    await client.close();
    await connection.close();
  });
});
