import type { Catalog } from '../catalog/catalog.js';
import type { UsageProgress } from '../catalog/usage.js';
import { billingPeriodNamed, billingPeriodOf } from '../tenancy/billing-period.js';
import { budgetUses, percentOf } from '../tenancy/budget.js';
import { type CostReport, costReport, latelyOf } from '../tenancy/cost-report.js';
import type { Fleet } from '../tenancy/fleet.js';
import { ratesFor } from '../tenancy/metering.js';
import { type NeonPlan, type NeonRates, neonPrices } from '../tenancy/neon-prices.js';
import type { TenantId } from '../tenancy/tenant-id.js';
import { RequestUnfitError } from './errors.js';

export interface CostOptions {
  /** A calendar month in UTC, such as `2026-11`. @default the current one */
  readonly period?: string | undefined;
}

/** A fleet's cost at Neon, in US dollars before taxes: by tenant, by plan, and as a forecast. */
export interface FleetCost extends CostReport {
  readonly fleet: string;
  readonly neonPlan: NeonPlan;
  readonly rates: NeonRates;
  readonly progress: UsageProgress;
  /** Tenants whose plan has a budget, ordered by the spent part of it, the largest first. Empty for a past month. */
  readonly budgets: readonly TenantBudget[];
}

export interface TenantBudget {
  readonly tenantId: TenantId;
  readonly plan: string;
  readonly usd: number;
  readonly spentUsd: number;
  /** Rounded down. */
  readonly percent: number;
  /** Since when it is suspended for its budget. */
  readonly stoppedAt?: Date;
}

/** Throws `RequestUnfitError` for a fleet without metering, and for an invalid period. */
export async function fleetCost(
  catalog: Pick<Catalog, 'usage' | 'budgets'>,
  fleet: Pick<Fleet, 'name' | 'metering' | 'plans'>,
  { period: asked }: CostOptions = {},
  now: Date = new Date(),
): Promise<FleetCost> {
  const { name, metering } = fleet;
  if (metering === undefined)
    throw new RequestUnfitError(
      `fleet "${name}" is not metered: set \`metering: { neonPlan: '${Object.keys(neonPrices)[0]}' }\` in its file, with the plan that Neon bills you by`,
    );
  const period = asked === undefined ? billingPeriodOf(now) : billingPeriodNamed(asked);
  if (period === undefined) throw new RequestUnfitError('a period is a calendar month, such as 2026-11');
  const rates = ratesFor(metering);
  const read = (range: { readonly from: Date; readonly to: Date }) =>
    catalog.usage.report(name, range, rates.includedBranches);
  const recent = latelyOf(period, now < period.end ? now : period.end);
  const [usage, lately, progress, stops] = await Promise.all([
    read({ from: period.start, to: period.end }),
    read(recent),
    catalog.usage.progress(name),
    catalog.budgets.stops(name),
  ]);
  const report = costReport({ period, now, rates, usage, lately: { ...recent, usage: lately } });
  const stoppedAt = new Map(stops.map((stop) => [stop.tenantId, stop.stoppedAt]));
  const budgets = (now < period.end ? budgetUses(fleet.plans, usage, rates) : [])
    .map((use): TenantBudget => {
      const { tenantId, plan, budget, spentUsd } = use;
      const since = stoppedAt.get(tenantId);
      const own = { tenantId, plan, usd: budget.usd, spentUsd, percent: percentOf(use) };
      return { ...own, ...(since && { stoppedAt: since }) };
    })
    .sort((a, b) => b.percent - a.percent);
  return { ...report, fleet: name, neonPlan: metering.neonPlan, rates, progress, budgets };
}
