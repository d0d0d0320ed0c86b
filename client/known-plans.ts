import type { Tenants } from '../catalog/tenants.js';
import type { CheckedTenantFilter } from '../tenancy/tenant-filter.js';
import { UnknownPlanError } from './errors.js';

/** The fleet that has the plans. */
export interface FleetPlans {
  readonly name: string;
  readonly plans: Readonly<Record<string, unknown>>;
}

/**
 * Throws `UnknownPlanError` for a filter with a plan that neither the fleet has nor any tenant is on: that is a
 * typing error, and not an empty list. A plan that was removed from the fleet may still have tenants.
 */
export async function refuseUnknownPlans(
  tenants: Pick<Tenants, 'count'>,
  { name, plans }: FleetPlans,
  { plan: asked = [] }: CheckedTenantFilter,
): Promise<void> {
  for (const plan of asked) {
    if (Object.hasOwn(plans, plan)) continue;
    if ((await tenants.count(name, { filter: { plan: [plan] }, sort: 'id' })) > 0) continue;
    throw new UnknownPlanError(
      `the fleet has no plan "${plan}", and no tenant is on one: it has ${Object.keys(plans).join(', ')}`,
      undefined,
    );
  }
}
