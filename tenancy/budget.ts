import { z } from 'zod';
import type { TenantUsage } from './cost-report.js';
import type { NeonRates } from './neon-prices.js';
import type { Quota } from './quota.js';
import type { TenantId } from './tenant-id.js';
import { costOf } from './usage-cost.js';

/** How much a tenant may cost in a month. */
export const budgetSchema = z.strictObject({
  /**
   * In US dollars, at Neon's prices. Transfer counts from the first byte, because the included transfer belongs to
   * the whole organization.
   */
  usd: z.number().min(0.01).max(10_000_000),
  /** The percentages of the budget at which the hook `budgetReached` is called, once each. @default 80 and 95 */
  warnAt: z.array(z.int().min(1).max(100)).max(20).default([80, 95]),
  /**
   * Whether a tenant that has spent its budget is suspended until the budget is raised or the month ends. @default
   * true
   */
  stop: z.boolean().default(true),
});

export type Budget = z.output<typeof budgetSchema>;

const secondsInHour = 3_600;
const bytesInGb = 1e9;

/**
 * The Neon quotas that a budget amounts to. Each quota alone is worth the whole budget, rounded up to a whole unit,
 * so a tenant that Neon stops has spent its budget. Neon enforces them at once, even when our workers are down;
 * metering makes sure that their sum stays within the budget. Where the plan's own limit is stricter, it stays.
 */
export function quotaWithin({ usd, stop }: Budget, quota: Quota, rates: NeonRates): Quota {
  if (!stop) return quota;
  const least = (own: number | undefined, rate: number, perUnit: number) => {
    if (rate === 0) return own;
    const most = Math.ceil((usd / rate) * perUnit);
    return own === undefined || own === 0 ? most : Math.min(own, most);
  };
  const limits = {
    computeTimeSeconds: least(quota.computeTimeSeconds, rates.computeUnitHour, secondsInHour),
    dataTransferBytes: least(quota.dataTransferBytes, rates.publicTransferGb, bytesInGb),
    logicalSizeBytes: least(quota.logicalSizeBytes, rates.storageGbMonth, bytesInGb),
  };
  return {
    ...quota,
    ...Object.fromEntries(Object.entries(limits).filter(([, limit]) => limit !== undefined)),
  };
}

/** What a tenant has spent of its budget. */
export interface BudgetUse {
  readonly tenantId: TenantId;
  readonly plan: string;
  readonly budget: Budget;
  /** The spending of this month, under all plans that the tenant had in it. */
  readonly spentUsd: number;
}

/** The budget use of all present tenants whose plan has a budget. */
export function budgetUses(
  plans: Readonly<Record<string, { readonly budget?: Budget | undefined }>>,
  usage: readonly TenantUsage[],
  rates: NeonRates,
): BudgetUse[] {
  const spent = new Map<TenantId, number>();
  const present = new Map<TenantId, string>();
  for (const { tenantId, usage: used, planNow } of usage) {
    if (tenantId === undefined) continue;
    spent.set(tenantId, (spent.get(tenantId) ?? 0) + costOf(used, rates).total);
    if (planNow !== undefined) present.set(tenantId, planNow);
  }
  return [...present].flatMap(([tenantId, plan]) => {
    const budget = Object.hasOwn(plans, plan) ? plans[plan]?.budget : undefined;
    return budget === undefined ? [] : [{ tenantId, plan, budget, spentUsd: spent.get(tenantId) ?? 0 }];
  });
}

export function isSpent({ budget, spentUsd }: Pick<BudgetUse, 'budget' | 'spentUsd'>): boolean {
  return spentUsd >= budget.usd;
}

/** The spent part of the budget, in whole percent, rounded down. */
export function percentOf({ budget, spentUsd }: Pick<BudgetUse, 'budget' | 'spentUsd'>): number {
  return Math.floor((spentUsd / budget.usd) * 100);
}

/**
 * Which percentages of a budget each tenant was warned at already. The warnings are grouped once: a search among them for each
 * tenant took seconds with 10,000 warned tenants, and held up all that its worker does.
 */
export function percentsGiven(
  warned: readonly { readonly tenantId: TenantId; readonly usd: number; readonly percent: number }[],
): (tenantId: TenantId, usd: number) => readonly number[] {
  const keyOf = (tenantId: TenantId, usd: number) => `${tenantId} ${usd}`;
  const percents = new Map<string, number[]>();
  for (const { tenantId, usd, percent } of warned) {
    const key = keyOf(tenantId, usd);
    const before = percents.get(key);
    if (before === undefined) percents.set(key, [percent]);
    else before.push(percent);
  }
  return (tenantId, usd) => percents.get(keyOf(tenantId, usd)) ?? [];
}

/** The warnings that were reached but not yet given, the lowest first. */
export function warningsDue(use: Pick<BudgetUse, 'budget' | 'spentUsd'>, given: readonly number[]): number[] {
  const percent = percentOf(use);
  return [...new Set(use.budget.warnAt)]
    .filter((at) => at <= percent && !given.includes(at))
    .sort((a, b) => a - b);
}
