import type { BillingPeriod } from './billing-period.js';
import type { NeonRates } from './neon-prices.js';
import type { TenantId } from './tenant-id.js';
import { type BillableUsage, type Cost, costOf, paidPart, sumOfCosts } from './usage-cost.js';

/** What one tenant used under one plan, as the catalog has it. */
export interface TenantUsage {
  /** Absent for tenants that are erased. */
  readonly tenantId?: TenantId | undefined;
  readonly plan: string;
  readonly usage: BillableUsage;
  /** The first hour that there is something of. */
  readonly since: Date;
  /** Whether a project of its own is still there, and has this plan. */
  readonly goesOn: boolean;
  /** The plan that it has by now, where it still has a project. */
  readonly planNow?: string | undefined;
}

export interface TenantCost extends Omit<TenantUsage, 'since' | 'goesOn' | 'planNow'> {
  readonly cost: Cost;
  /** What it will have come to at the period's end, in US dollars, if it goes on as lately. */
  readonly forecastUsd: number;
}

export interface PlanCost {
  readonly plan: string;
  /** How many tenants there was something of. */
  readonly tenants: number;
  readonly cost: Cost;
  readonly forecastUsd: number;
}

export interface CostReport {
  readonly period: BillingPeriod;
  readonly total: Cost;
  readonly forecastUsd: number;
  /** The dearest first. */
  readonly plans: readonly PlanCost[];
  readonly tenants: readonly TenantCost[];
  /**
   * Ten tenants that cost the most for the least: by cost for each megabyte that was sent to somebody, where less than one counts as
   * one. What is sent is the one figure that shows that a database is of use to somebody; a compute runs for a forgotten poller too.
   */
  readonly leastForMost: readonly TenantCost[];
}

export interface CostQuestion {
  readonly period: BillingPeriod;
  readonly now: Date;
  readonly rates: NeonRates;
  /** Of the whole period. */
  readonly usage: readonly TenantUsage[];
  /** Of its last hours that Neon has told whole: what a forecast goes on from. */
  readonly lately: { readonly from: Date; readonly to: Date; readonly usage: readonly TenantUsage[] };
}

const hourMs = 3_600_000;
const megabyte = 1e6;
const shownForLeast = 10;
/** So far a forecast looks back, a week, so that a weekend counts for as much as there are of it. */
const lookBackMs = 168 * hourMs;
/** Neon may take an hour until all of an hour is told. */
const untoldMs = hourMs;

/** The hours that a forecast goes on from. */
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
      tenants: of.length,
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
      .filter(({ cost }) => cost.total > 0)
      .sort((a, b) => usdForMegabyte(b) - usdForMegabyte(a) || byCost(a, b))
      .slice(0, shownForLeast),
  };
}

/** In US dollars; of a tenant that was not there long enough to tell, since it is there. */
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

function keyOf({ tenantId, plan }: Pick<TenantUsage, 'tenantId' | 'plan'>): string {
  return JSON.stringify([tenantId ?? null, plan]);
}

function hoursBetween(from: Date, to: Date): number {
  return (to.getTime() - from.getTime()) / hourMs;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
