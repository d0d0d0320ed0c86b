import type { BillingPeriod } from './billing-period.js';
import type { NeonRates } from './neon-prices.js';
import type { TenantId } from './tenant-id.js';
import { type BillableUsage, type Cost, costOf, paidPart, sumOfCosts } from './usage-cost.js';

/** What one tenant used under one plan, according to the catalog. */
export interface TenantUsage {
  /** Absent for erased tenants and for the pool. */
  readonly tenantId?: TenantId | undefined;
  /** Projects that waited for a tenant. */
  readonly isPool?: true;
  readonly plan: string;
  readonly usage: BillableUsage;
  /** The first hour with recorded usage. */
  readonly since: Date;
  /** Whether the tenant still has a project on this plan. */
  readonly goesOn: boolean;
  /** The tenant's present plan, while it still has a project. */
  readonly planNow?: string | undefined;
}

export interface TenantCost extends Omit<TenantUsage, 'since' | 'goesOn' | 'planNow'> {
  readonly cost: Cost;
  /** The forecast cost at the end of the period, in US dollars, if usage continues at the recent rate. */
  readonly forecastUsd: number;
}

export interface PlanCost {
  readonly plan: string;
  /** The number of tenants with recorded usage. */
  readonly tenants: number;
  readonly cost: Cost;
  readonly forecastUsd: number;
}

export interface CostReport {
  readonly period: BillingPeriod;
  readonly total: Cost;
  readonly forecastUsd: number;
  /** The most expensive plan first. */
  readonly plans: readonly PlanCost[];
  readonly tenants: readonly TenantCost[];
  /**
   * The ten tenants with the highest cost for each megabyte of transfer; less than one megabyte counts as one.
   * Transfer is the only figure that shows that somebody uses a database: a compute also runs for a forgotten poller.
   */
  readonly leastForMost: readonly TenantCost[];
}

export interface CostQuestion {
  readonly period: BillingPeriod;
  readonly now: Date;
  readonly rates: NeonRates;
  /** The usage of the whole period. */
  readonly usage: readonly TenantUsage[];
  /** The usage of the last hours for which Neon's figures are complete: the basis of the forecast. */
  readonly lately: { readonly from: Date; readonly to: Date; readonly usage: readonly TenantUsage[] };
}

const hourMs = 3_600_000;
const megabyte = 1e6;
const shownForLeast = 10;
/** A forecast looks back a week at most, so that weekends and working days have their right weight. */
const lookBackMs = 168 * hourMs;
/** Neon may take an hour to report an hour completely. */
const untoldMs = hourMs;

/** The hours that a forecast is based on. */
export function latelyOf({ start }: BillingPeriod, now: Date): { readonly from: Date; readonly to: Date } {
  const to = Math.max(start.getTime(), Math.floor((now.getTime() - untoldMs) / hourMs) * hourMs);
  return { from: new Date(Math.max(start.getTime(), to - lookBackMs)), to: new Date(to) };
}

export function costReport({ period, now, rates, usage, lately }: CostQuestion): CostReport {
  const transferred = usage.reduce((sum, { usage }) => sum + usage.publicTransferBytes, 0);
  const paid = paidPart(transferred, rates);
  const before = new Map(lately.usage.map((row) => [keyOf(row), row]));
  const tenants = usage
    .map((row): TenantCost => {
      const { since: _, goesOn: __, planNow: ___, ...rest } = row;
      const cost = costOf(row.usage, rates, paid);
      const hourly = hourlyCost(row, cost, before.get(keyOf(row)), { now, rates, paid, lately });
      return { ...rest, cost, forecastUsd: cost.total + hourly * hoursLeft(row, period, now) };
    })
    .sort(byCost);
  const plans = [...new Set(tenants.map(({ plan }) => plan))].map((plan): PlanCost => {
    const of = tenants.filter((row) => row.plan === plan);
    return {
      plan,
      tenants: of.filter(({ isPool }) => !isPool).length,
      cost: sumOfCosts(of.map(({ cost }) => cost)),
      forecastUsd: sum(of.map(({ forecastUsd }) => forecastUsd)),
    };
  });
  return {
    period,
    total: sumOfCosts(tenants.map(({ cost }) => cost)),
    forecastUsd: sum(tenants.map(({ forecastUsd }) => forecastUsd)),
    plans: plans.sort((a, b) => b.cost.total - a.cost.total || (a.plan < b.plan ? -1 : 1)),
    tenants,
    leastForMost: tenants
      .filter(({ cost, isPool }) => cost.total > 0 && !isPool)
      .sort((a, b) => usdForMegabyte(b) - usdForMegabyte(a) || byCost(a, b))
      .slice(0, shownForLeast),
  };
}

/** In US dollars. For a tenant that has just been onboarded, the rate is taken over the time since then. */
function hourlyCost(
  { since }: TenantUsage,
  cost: Cost,
  before: TenantUsage | undefined,
  { now, rates, paid, lately }: Pick<CostQuestion, 'now' | 'rates' | 'lately'> & { readonly paid: number },
): number {
  if (before === undefined) return cost.total / Math.max(1, hoursBetween(since, now));
  const from = Math.max(since.getTime(), lately.from.getTime());
  return costOf(before.usage, rates, paid).total / Math.max(1, hoursBetween(new Date(from), lately.to));
}

function hoursLeft({ goesOn }: TenantUsage, { end }: BillingPeriod, now: Date): number {
  return goesOn ? Math.max(0, hoursBetween(now, end)) : 0;
}

function usdForMegabyte({ cost, usage }: TenantCost): number {
  return cost.total / Math.max(1, usage.publicTransferBytes / megabyte);
}

function byCost(a: TenantCost, b: TenantCost): number {
  return b.cost.total - a.cost.total || (keyOf(a) < keyOf(b) ? -1 : 1);
}

function keyOf({ tenantId, isPool, plan }: Pick<TenantUsage, 'tenantId' | 'isPool' | 'plan'>): string {
  return JSON.stringify([tenantId ?? null, isPool ?? false, plan]);
}

function hoursBetween(from: Date, to: Date): number {
  return (to.getTime() - from.getTime()) / hourMs;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
