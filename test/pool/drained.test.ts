import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { releaseOf, startWorkerOf } from '../deploys/releases.js';
import { neonReply } from '../hands/cut-off.js';
import { eventually } from '../support/eventually.js';
import { freePlan, quickTimings, startTenantry, type TestTenantry } from '../support/tenantry.js';
import { fillPool, poolAtNeon, pooled, readyIn } from './support.js';

let t: TestTenantry;

const brief = { ...quickTimings, deployGrace: 300 };

beforeAll(async () => {
  t = await startTenantry({ fleet: { plans: { free: pooled(2) }, defaultPlan: 'free', timings: brief } });
  await t.writeMigration('0001_notes.sql', 'create table notes (body text);');
  const worker = await startWorkerOf(t, t.fleet);
  await fillPool(t, 2);
  await worker.stop();
}, 60_000);

afterAll(() => t.stop());

/** Whatever was condemned is deleted, by some sweeps. */
const sweptUntil = (what: string, so: () => Promise<boolean>) =>
  eventually(
    what,
    async () => {
      await t.sweep();
      return so();
    },
    60_000,
  );

const onlyNew = async (before: readonly string[], count: number) => {
  const now = await poolAtNeon(t);
  return now.length === count && (await readyIn(t)) === count && before.every((id) => !now.includes(id));
};

describe('a pool', () => {
  it('is made anew when its plan changes, and no tenant gets one of before', async () => {
    const before = await poolAtNeon(t);
    const larger = { ...pooled(2), compute: { maxCu: 2 } };
    const worker = await startWorkerOf(t, releaseOf(t, { plans: { free: larger }, timings: brief }));
    const { projectId } = await t.tenantry.execute.onboard({ id: 'newer' });
    expect(before).not.toContain(projectId);
    await sweptUntil('only new ones are there', () => onlyNew(before, 2));
    const [id = ''] = await poolAtNeon(t);
    const { project } = await neonReply<{
      project: { default_endpoint_settings: { autoscaling_limit_max_cu: number } };
    }>(t, 'GET', `/projects/${id}`);
    expect(project.default_endpoint_settings.autoscaling_limit_max_cu).toBe(2);
    await worker.stop();
  }, 90_000);

  it('is made anew when a migration is changed that it has', async () => {
    const before = await poolAtNeon(t);
    await t.writeMigration('0001_notes.sql', 'create table notes (body text, at timestamptz);');
    const larger = { ...pooled(2), compute: { maxCu: 2 } };
    const worker = await startWorkerOf(t, releaseOf(t, { plans: { free: larger }, timings: brief }));
    await sweptUntil('only new ones are there', () => onlyNew(before, 2));
    await worker.stop();
  }, 90_000);

  it('is deleted when its plan has none any more, and nothing is started for one', async () => {
    const worker = await startWorkerOf(t, releaseOf(t, { plans: { free: freePlan }, timings: brief }));
    await sweptUntil('none is left', async () => (await poolAtNeon(t)).length === 0);
    const calls = (await t.emulator.calls()).length;
    await t.sweep();
    expect((await t.emulator.calls()).length).toBe(calls);
    expect(await t.catalog.pool.states(t.fleet.name, [])).toEqual([]);
    await worker.stop();
  }, 90_000);

  it('that cannot be filled says why, until it can', async () => {
    await t.removeMigrations();
    await t.writeMigration('0002_broken.sql', 'create table broken (id nonsense);');
    const worker = await startWorkerOf(t, releaseOf(t, { plans: { free: pooled(1) }, timings: brief }));
    await t.sweep();
    const trouble = async () => (await t.catalog.pool.states(t.fleet.name, ['free']))[0]?.trouble?.message;
    await eventually('it says why', async () => (await trouble()) !== undefined);
    expect(await trouble()).toContain('0002_broken.sql');
    expect(await t.tenantry.attention()).toContainEqual(
      expect.objectContaining({ kind: 'pool-not-filled', message: expect.stringContaining('has 0 of 2') }),
    );
    await sweptUntil('what was begun is deleted', async () => (await poolAtNeon(t)).length === 0);
    await worker.stop();
  }, 90_000);
});
