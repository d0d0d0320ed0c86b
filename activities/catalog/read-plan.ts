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
    /** Absent when the fleet has no plan of that name any more. */
    readonly settings?: PlanSettings;
  };
}

/** Looks up what a plan is in the worker's fleet, and what the tenant has. */
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
