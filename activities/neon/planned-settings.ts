import { type PlanSettings, settingsOf } from '../../tenancy/plan-difference.js';
import type { Dependencies } from '../dependencies.js';
import { knownTenant } from '../known-tenant.js';
import type { TenantInput } from '../tenant-input.js';

/**
 * The Neon settings of the tenant's plan. Absent if the fleet no longer has that plan, and for an adopted
 * project, which gets its plan's settings only by `changePlan`.
 */
export function plannedSettings({ catalog, fleet }: Dependencies) {
  return async ({ tenant }: TenantInput): Promise<PlanSettings | undefined> => {
    const { plan: name, adopted } = await knownTenant(catalog, tenant);
    const plan = Object.hasOwn(fleet.plans, name) ? fleet.plans[name] : undefined;
    return plan === undefined || adopted ? undefined : settingsOf(plan);
  };
}
