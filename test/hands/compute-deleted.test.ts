import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { atStep } from '../operations/moving.js';
import { eventually } from '../support/eventually.js';
import { holdTurn } from '../support/hold-turn.js';
import { more } from '../support/long-form.js';
import { quickTimings, startTenantry, type TestTenantry } from '../support/tenantry.js';
import { connects, ownerOf, readyTenant, setQuota, writes } from './cut-off.js';
import { NeonConsole } from './neon-console.js';

let t: TestTenantry;
let neon: NeonConsole;

const plans = {
  free: { region: 'aws-us-east-1', compute: { maxCu: 0.5, suspendAfterSeconds: 120 } },
} as const;

beforeAll(async () => {
  t = await startTenantry({ fleet: { plans, timings: { ...quickTimings, databaseDeadline: 3_000 } } });
  neon = new NeonConsole(t.emulator);
  await t.startWorker();
});

afterAll(() => t.stop());

async function projectOf(id: string) {
  const projectId = (await t.tenantry.get(id))?.projectId;
  const project = (await t.emulator.records()).find((one) => one.id === projectId);
  if (project === undefined) throw new Error(`tenant ${id} has no project`);
  return project;
}

const deleteCompute = async (id: string) => neon.deleteCompute(await projectOf(id));

describe('a compute that was deleted in Neon’s console', () => {
  it('is made again by a repair, as the plan has it, and the connection string follows', async () => {
    const before = await readyTenant(t, 'by-hand');
    await deleteCompute('by-hand');
    const { mended } = await t.tenantry.execute.repair('by-hand');
    // The plan's settings are those of the new compute from the start: nothing of them is left to repair.
    expect(mended).toEqual([expect.stringContaining('had no compute: a new one was made')]);
    expect(await connects(before)).toBe(false);
    expect(await writes(await t.tenantry.connectionString('by-hand'))).toBe(true);
    expect((await t.tenantry.execute.repair('by-hand')).mended).toEqual([]);
  });

  it('is made again by a repair where the quota is used up, too', async () => {
    await readyTenant(t, 'used-up');
    await setQuota(t, 'used-up', { active_time_seconds: 1 });
    await eventually('the quota keeps it out', async () => !(await connects(await ownerOf(t, 'used-up'))));
    await deleteCompute('used-up');
    const { mended } = await t.tenantry.execute.repair('used-up');
    expect(mended).toContainEqual(expect.stringContaining('had no compute: a new one was made'));
    expect(await writes(await t.tenantry.connectionString('used-up'))).toBe(true);
  });

  it('is followed where somebody has made a new one, too', async () => {
    await readyTenant(t, 'replaced');
    await deleteCompute('replaced');
    await neon.createCompute(await projectOf('replaced'));
    const { mended } = await t.tenantry.execute.repair('replaced');
    expect(mended).toContainEqual(expect.stringContaining('led to a compute that is gone'));
    expect(await writes(await t.tenantry.connectionString('replaced'))).toBe(true);
  });

  more('does not keep the undo of a move from its end', async () => {
    await readyTenant(t, 'mover');
    const turn = await holdTurn(await ownerOf(t, 'mover'));
    const moving = await t.tenantry.start.move('mover');
    await atStep(t, moving, 'close writes');
    await deleteCompute('mover');
    await expect(moving.result()).rejects.toMatchObject({
      reason: { type: expect.stringMatching(/^Database/) },
    });
    await turn.release().catch(() => {});
    expect(await t.tenantry.get('mover')).toMatchObject({ state: 'ready' });
    expect(await writes(await t.tenantry.connectionString('mover'))).toBe(true);
  });

  more('while a tenant is suspended is made again by the resumption', async () => {
    await readyTenant(t, 'asleep');
    await t.tenantry.execute.suspend('asleep');
    await deleteCompute('asleep');
    expect(await t.tenantry.execute.repair('asleep')).toMatchObject({
      state: 'suspended',
      mended: [],
    });
    await t.tenantry.execute.resume('asleep');
    expect(await writes(await t.tenantry.connectionString('asleep'))).toBe(true);
  });
});
