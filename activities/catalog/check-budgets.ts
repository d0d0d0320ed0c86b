import type { BudgetWarning } from '../../catalog/budgets.js';
import { billingPeriodOf } from '../../tenancy/billing-period.js';
import { type BudgetUse, budgetUses, isSpent, percentsGiven, warningsDue } from '../../tenancy/budget.js';
import { failure } from '../../tenancy/failures.js';
import { isSettled } from '../../tenancy/lifecycle.js';
import { ratesFor } from '../../tenancy/metering.js';
import type { TenantId } from '../../tenancy/tenant-id.js';
import { type Visibility, visibilityOf } from '../../tenancy/visibility.js';
import type { Dependencies } from '../dependencies.js';

export interface WarningDue extends BudgetWarning {
  readonly tenantId: TenantId;
  readonly spentUsd: number;
}

export interface TenantDue {
  readonly tenantId: TenantId;
  readonly visibility?: Visibility;
}

/** What the budgets of a fleet's plans require now. */
export interface BudgetsDue {
  readonly warn: readonly WarningDue[];
  /** Tenants to suspend. */
  readonly stop: readonly TenantDue[];
  /** Tenants to resume: they were suspended for a budget that is no longer exhausted. */
  readonly resume: readonly TenantDue[];
}

/** How many of each kind one look returns; the next look continues. */
const most = 100;
const nothing: BudgetsDue = { warn: [], stop: [], resume: [] };

/**
 * Compares the tenants' spending with the budgets of their plans. A stop is recorded before it begins, so
 * that a later resume knows which tenants only the budget has suspended.
 */
export function checkBudgets({ catalog, fleet }: Dependencies) {
  return async (asked: { readonly fleet: string }): Promise<BudgetsDue> => {
    if (asked.fleet !== fleet.name) {
      const message = `a worker of fleet "${fleet.name}" took the budgets of fleet "${asked.fleet}"`;
      throw failure('ForeignFleet', message, { nonRetryable: false });
    }
    const { name, plans, metering } = fleet;
    const stops = await catalog.budgets.stops(name);
    const hasBudgets = Object.values(plans).some(({ budget }) => budget !== undefined);
    if (metering === undefined || (!hasBudgets && stops.length === 0)) return nothing;
    const period = billingPeriodOf(new Date());
    const rates = ratesFor(metering);
    const usage = await catalog.usage.report(
      name,
      { from: period.start, to: period.end },
      rates.includedBranches,
    );
    const uses = budgetUses(plans, usage, rates);
    const due = async (tenantId: TenantId): Promise<TenantDue> => {
      const visibility = await visibilityOf(fleet, tenantId, () => catalog.installation());
      return { tenantId, ...(visibility && { visibility }) };
    };

    const given = percentsGiven(await catalog.budgets.warned(name, period.name));
    const warn = uses.flatMap((use) => {
      const { tenantId, budget, spentUsd } = use;
      const { usd } = budget;
      return warningsDue(use, given(tenantId, usd)).map((percent) => ({
        tenantId,
        period: period.name,
        usd,
        percent,
        spentUsd,
      }));
    });

    const over = new Map(uses.filter(isToStop).map((use) => [use.tenantId, use]));
    const stop: TenantDue[] = [];
    for (const { tenantId, budget, spentUsd } of over.values()) {
      if (stop.length === most) break;
      const key = { fleet: name, id: tenantId };
      if ((await catalog.tenants.get(key))?.state !== 'ready') continue;
      await catalog.budgets.noteStop(key, { period: period.name, usd: budget.usd, spentUsd });
      stop.push(await due(tenantId));
    }

    const resume: TenantDue[] = [];
    for (const { tenantId } of stops) {
      if (over.has(tenantId) || resume.length === most) continue;
      const key = { fleet: name, id: tenantId };
      const tenant = await catalog.tenants.get(key);
      // Another release may have its plan.
      if (tenant !== undefined && !Object.hasOwn(plans, tenant.plan)) continue;
      if (tenant?.state === 'suspended') resume.push(await due(tenantId));
      // An operation that is under way decides whether the tenant stays suspended.
      else if (tenant === undefined || isSettled(tenant.state)) await catalog.budgets.forgetStop(key);
    }
    return { warn: warn.slice(0, most), stop, resume };
  };
}

function isToStop(use: BudgetUse): boolean {
  return use.budget.stop && isSpent(use);
}
