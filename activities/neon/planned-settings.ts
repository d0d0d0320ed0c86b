import { type PlanSettings, settingsOf } from '../../tenancy/plan-difference.js';
import type { Dependencies } from '../dependencies.js';
import { knownTenant } from '../known-tenant.js';
import type { TenantInput } from '../tenant-input.js';

/**
 * What the tenant's plan sets at Neon. Absent where the fleet has no such plan any more; and for an adopted project, which is
 * given its plan's settings by `changePlan` alone.
 */
export function plannedSettings({ catalog, fleet }: Dependencies) {
  return async ({ tenant }: TenantInput): Promise<PlanSettings | undefined> => {
    const { plan: name, adopted } = await knownTenant(catalog, tenant);
    const plan = Object.hasOwn(fleet.plans, name) ? fleet.plans[name] : undefined;
    return plan === undefined || adopted ? undefined : settingsOf(plan);
  };
}
