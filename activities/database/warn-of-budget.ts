import type { WarningDue } from '../catalog/check-budgets.js';
import type { Dependencies } from '../dependencies.js';
import type { TenantInput } from '../tenant-input.js';
import { callHook } from './run-hook.js';

/**
 * Calls the hook `budgetReached`, if the fleet has one, and records the call. If it is cut off in between, it
 * calls the hook again with the same key, as for any hook.
 */
export function warnOfBudget(dependencies: Dependencies) {
  const { catalog, fleet } = dependencies;
  return async ({ tenant, ...warning }: TenantInput & Omit<WarningDue, 'tenantId'>): Promise<void> => {
    const { period, usd, percent, spentUsd } = warning;
    const row = { period, usd, percent };
    if (await catalog.budgets.wasWarned(tenant, row)) return;
    if (fleet.hooks.budgetReached !== undefined) {
      const key = `${fleet.name}/${tenant.id}/budget/${period}/${usd}/${percent}`;
      await callHook(dependencies, tenant, 'budgetReached', key, {
        budget: { period, usd, percent, spentUsd },
      });
    }
    await catalog.budgets.noteWarned(tenant, row);
  };
}
