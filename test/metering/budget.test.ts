import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isSpent, percentsGiven, quotaWithin, warningsDue } from '../../tenancy/budget.js';
import { defineFleet, fleetSchema } from '../../tenancy/fleet.js';
import type { BudgetReached } from '../../tenancy/hooks.js';
import { ratesOf } from '../../tenancy/neon-prices.js';
import type { TenantId } from '../../tenancy/tenant-id.js';
import { noUsage } from '../../tenancy/usage.js';
import { costOf, hoursInMonth } from '../../tenancy/usage-cost.js';
import type { TenantryWorker } from '../../worker/create-worker.js';
import { eventually } from '../support/eventually.js';
import { processorMs } from '../support/processor-ms.js';
import { withClient } from '../support/sql.js';
import { freePlan, quickTimings, startTenantry, type TestTenantry } from '../support/tenantry.js';

const launch = ratesOf('launch');
const budget = { usd: 5, warnAt: [80, 95], stop: true };
const free = { ...freePlan, budget };

describe('the quotas of a budget', () => {
  it('cost all of it, each alone', () => {
    const quota = quotaWithin(budget, {}, launch);
    expect(quota).toEqual({
      computeTimeSeconds: 169_812,
      dataTransferBytes: 50_000_000_000,
      logicalSizeBytes: 14_285_714_286,
    });
  });

  it('are used up only where the budget is spent, so that whom Neon stops is known to be stopped', () => {
    for (const usd of [0.3, 0.7, 5, 9.99, 123.45]) {
      const quota = quotaWithin({ ...budget, usd }, {}, launch);
      const used = { ...noUsage, extraBranchHours: 0 };
      const alone = [
        { ...used, computeUnitSeconds: quota.computeTimeSeconds ?? 0 },
        { ...used, publicTransferBytes: quota.dataTransferBytes ?? 0 },
        { ...used, rootBranchByteHours: (quota.logicalSizeBytes ?? 0) * hoursInMonth },
      ];
      for (const usage of alone) {
        const spentUsd = costOf(usage, launch).total;
        expect(isSpent({ budget: { ...budget, usd }, spentUsd })).toBe(true);
        expect(spentUsd).toBeLessThan(usd + 0.0001);
      }
    }
  });

  it("leave a plan's own that are stricter, and what they do not limit", () => {
    const own = { computeTimeSeconds: 100, dataTransferBytes: 0, writtenDataBytes: 7 };
    expect(quotaWithin(budget, own, launch)).toMatchObject({
      computeTimeSeconds: 100,
      dataTransferBytes: 50_000_000_000,
      writtenDataBytes: 7,
    });
  });

  it('are none where nothing is to be stopped', () => {
    expect(quotaWithin({ ...budget, stop: false }, {}, launch)).toEqual({});
  });

  it('are the same however often a fleet is read', () => {
    const fleet = defineFleet({ name: 'f', plans: { free }, metering: { neonPlan: 'launch' } });
    expect(fleet.plans.free.quota.computeTimeSeconds).toBe(169_812);
    expect(fleetSchema.parse(fleet)).toEqual(fleet);
  });

  it('need to know what usage costs', () => {
    expect(() => defineFleet({ name: 'f', plans: { free } })).toThrow("needs the fleet's metering");
  });
});

describe('warnings', () => {
  it.each([
    [3.99, [], []],
    [4, [], [80]],
    [5.2, [], [80, 95]],
    [5.2, [80], [95]],
    [5.2, [95, 80], []],
  ])('at $%d, of which %j were given, are %j', (spentUsd, given, due) => {
    expect(warningsDue({ budget: { ...budget, warnAt: [95, 80, 80] }, spentUsd }, given)).toEqual(due);
  });

  it('that were given are found in time that grows with their number, and not with its square', async () => {
    let found = 0;
    const msOf = (tenants: number) => {
      const ids = Array.from({ length: tenants }, (_, n) => `t-${n}` as TenantId);
      const warned = ids.flatMap((tenantId) => [80, 95].map((percent) => ({ tenantId, usd: 5, percent })));
      return processorMs(() => {
        const given = percentsGiven(warned);
        found = ids.reduce((total, id) => total + given(id, 5).length + given(id, 6).length, 0);
      });
    };
    const few = await msOf(2_000);
    expect((await msOf(8_000)) / few).toBeLessThan(8);
    expect(found).toBe(2 * 8_000);
  });
});

describe('a tenant with a budget', () => {
  const told: (BudgetReached & { readonly id: string; readonly key: string })[] = [];
  let t: TestTenantry;
  let worker: TenantryWorker;
  let connection: string;

  const definition = (usd: number) => ({
    plans: { free: { ...free, budget: { ...budget, usd } } },
    metering: { neonPlan: 'launch' as const },
    timings: quickTimings,
    hooks: {
      async budgetReached({
        id,
        budget,
        idempotencyKey,
      }: {
        id: string;
        budget?: BudgetReached;
        idempotencyKey: string;
      }) {
        if (budget !== undefined) told.push({ ...budget, id, key: idempotencyKey });
      },
    },
  });

  beforeAll(async () => {
    t = await startTenantry({ fleet: definition(5) });
    worker = await t.startWorker();
    await t.tenantry.execute.onboard({ id: 'capped' });
    connection = await t.tenantry.connectionString('capped');
  });
  afterAll(() => t.stop());

  const getsIn = () =>
    withClient(connection, (client) => client.query('select 1')).then(
      () => true,
      () => false,
    );
  /** Nothing of it is under way any more either, which the next reading would leave alone. */
  const stateIs = async (state: string) => {
    await eventually(`it is ${state}`, async () => (await t.tenantry.get('capped'))?.state === state);
    await (await t.tenantry.lastOperation('capped'))?.result();
  };
  const quota = async () => {
    const { projectId = '' } = (await t.tenantry.get('capped')) ?? {};
    const response = await fetch(`${t.emulator.url}/projects/${projectId}`, {
      headers: { authorization: `Bearer ${t.emulator.apiKey}` },
    });
    const { project } = (await response.json()) as {
      project: { settings: { quota: Record<string, number> } };
    };
    return project.settings.quota;
  };
  const budgetOf = async () => (await t.tenantry.fleet.cost()).budgets[0];

  it("has it as Neon's quotas", async () => {
    expect(await quota()).toMatchObject({ compute_time_seconds: 169_812, data_transfer_bytes: 50e9 });
  });

  it('is warned of once each, and suspended at most a window late, whatever it was spent on', async () => {
    const project_id = (await t.tenantry.get('capped'))?.projectId ?? '';
    /** 20 cents of compute and 20 of transfer, so that no quota of Neon's is used up alone. */
    const windowUsd = 0.4;
    let windows = 0;
    for (; windows < 20 && (await budgetOf())?.stoppedAt === undefined; windows += 1) {
      expect(await getsIn()).toBe(true);
      await t.emulator.enterUsage({
        project_id,
        at: new Date().toISOString(),
        compute_unit_seconds: (0.2 / 0.106) * 3_600,
        transfer_bytes: 2e9,
      });
      await t.meter();
    }
    await stateIs('suspended');
    expect(await getsIn()).toBe(false);
    const spent = await budgetOf();
    expect(spent).toMatchObject({ tenantId: 'capped', usd: 5, stoppedAt: expect.any(Date) });
    expect(spent?.spentUsd).toBeGreaterThanOrEqual(5);
    expect(spent?.spentUsd).toBeLessThan(5 + windowUsd);
    expect(windows).toBe(Math.ceil(5 / windowUsd));

    await t.meter();
    await t.meter();
    expect(told.map(({ percent }) => percent)).toEqual([80, 95]);
    expect(told[0]).toMatchObject({
      id: 'capped',
      usd: 5,
      key: `${t.fleet.name}/capped/budget/${told[0]?.period}/5/80`,
    });
    expect((await t.tenantry.get('capped'))?.state).toBe('suspended');
  });

  /** What was used becomes another month's, so far as the catalog knows; `back`: this one's again. */
  const turnMonth = (back = false) =>
    withClient(t.environment.TENANTRY_CATALOG_URL ?? '', async (client) => {
      await client.query(
        `update tenantry.usage set hour = hour ${back ? '+' : '-'} interval '40 days' where fleet = $1`,
        [t.fleet.name],
      );
      await client.query('update tenantry.usage_projects set due_at = $2 where fleet = $1', [
        t.fleet.name,
        back ? new Date() : null,
      ]);
    });

  it('is let in again by the next month, and stopped anew when that is spent', async () => {
    await turnMonth();
    await t.meter();
    await stateIs('ready');
    expect(await getsIn()).toBe(true);
    await t.meter();
    expect(await t.catalog.budgets.stops(t.fleet.name)).toEqual([]);
    await turnMonth(true);
    await t.meter();
    await stateIs('suspended');
    expect(await getsIn()).toBe(false);
  });

  it('is seen to also where Neon tells no usage', async () => {
    await turnMonth();
    await withClient(t.environment.TENANTRY_CATALOG_URL ?? '', (client) =>
      client.query('update tenantry.usage_projects set due_at = now()'),
    );
    const refusal = await t.emulator.addFault({
      match: { method: 'GET', path: '/consumption_history/v2/projects', times: 1 },
      effect: { kind: 'status', status: 400, body: { code: '', message: 'not just now' } },
    });
    await expect(t.meter()).rejects.toThrow();
    await refusal.struck();
    await stateIs('ready');
    await turnMonth(true);
    await t.meter();
    await stateIs('suspended');
  });

  it('is let in again by a larger one', async () => {
    worker.shutdown();
    await eventually('the worker is gone', async () => !worker.isRunning());
    const { fleet, catalog, neon, exportDir } = t;
    const raised = fleetSchema.parse({ ...fleet, ...definition(20) });
    await t.startWorker({ dependencies: { fleet: raised, catalog, neon, exportDir } });
    await t.meter();
    await stateIs('ready');
    expect(await getsIn()).toBe(true);
    expect(await quota()).toMatchObject({ compute_time_seconds: Math.ceil((20 / 0.106) * 3_600) });
    await t.meter();
    expect(await catalog.budgets.stops(fleet.name)).toEqual([]);
    // Of the larger budget it has spent a quarter.
    expect(told).toHaveLength(2);
  });
});
