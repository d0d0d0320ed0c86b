import { failure } from '../../tenancy/failures.js';
import type { TenantState } from '../../tenancy/lifecycle.js';
import { type PlanSettings, settingsOf } from '../../tenancy/plan-difference.js';
import type { Dependencies } from '../dependencies.js';
import { knownPlan } from '../known-plan.js';
import { knownTenant } from '../known-tenant.js';
import type { TenantInput } from '../tenant-input.js';

/** A requested plan, beside the tenant's current one. */
export interface PlansRead {
  readonly projectId: string;
  readonly state: TenantState;
  readonly wanted: { readonly region: string; readonly postgres: number; readonly settings: PlanSettings };
  readonly present: {
    readonly plan: string;
    /** Absent if the fleet no longer has a plan of that name. */
    readonly settings?: PlanSettings;
  };
}

/** Reads a plan of the worker's fleet, and the tenant's current plan. */
export function readPlan({ catalog, fleet }: Dependencies) {
  return async ({ tenant, plan }: TenantInput & { readonly plan: string }): Promise<PlansRead> => {
    const wanted = knownPlan(fleet, plan);
    const { projectId, state, plan: present } = await knownTenant(catalog, tenant);
    if (projectId === undefined)
      throw failure('TenantStateConflict', 'the catalog knows no project of the tenant');
    const former = fleet.plans[present];
    return {
      projectId,
      state,
      wanted: { region: wanted.region, postgres: wanted.postgres, settings: settingsOf(wanted) },
      present: { plan: present, ...(former === undefined ? {} : { settings: settingsOf(former) }) },
    };
  };
}
