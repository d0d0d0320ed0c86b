import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { clientOf, releaseOf, startWorkerOf } from '../deploys/releases.js';
import { startTenantry, type TestTenantry } from '../support/tenantry.js';
import { connects, quotaOf } from './cut-off.js';

let t: TestTenantry;
let worker: { readonly stop: () => Promise<void> };

const free = { region: 'aws-us-east-1', compute: { maxCu: 0.25 } } as const;
const gold = { ...free, quota: { activeTimeSeconds: 100_000, logicalSizeBytes: 1_000_000_000 } } as const;

beforeAll(async () => {
  t = await startTenantry({ fleet: { plans: { free, gold } } });
});

afterAll(async () => {
  await worker.stop();
  await t.stop();
});

describe('a tenant whose plan was taken out of the fleet', () => {
  it('is suspended, resumed with the quota that it had, repaired, and offboarded', async () => {
    const before = await startWorkerOf(t, t.fleet);
    await t.tenantry.execute.onboard({ id: 'acme', plan: 'gold' });
    await before.stop();
    const without = releaseOf(t, { plans: { free }, timings: { ...t.fleet.timings, deployGrace: 500 } });
    worker = await startWorkerOf(t, without);
    const tenantry = clientOf(t, without);
    const connection = await tenantry.connectionString('acme');
    const quota = await quotaOf(t, 'acme');

    expect(await tenantry.execute.suspend('acme')).toMatchObject({ loginClosed: true });
    expect(await quotaOf(t, 'acme')).toMatchObject({
      active_time_seconds: 1,
      logical_size_bytes: 1_000_000_000,
    });
    await tenantry.execute.resume('acme');
    expect(await quotaOf(t, 'acme')).toMatchObject(quota);
    expect(await connects(connection)).toBe(true);
    expect(await tenantry.execute.repair('acme')).toMatchObject({ state: 'ready', mended: [] });
    expect(await tenantry.execute.offboard('acme', { graceMs: 1 })).toMatchObject({
      state: 'offboarded',
    });
  });
});
