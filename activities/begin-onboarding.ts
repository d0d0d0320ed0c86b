import { failure } from '../tenancy/failures.js';
import { type HookName, hookNames } from '../tenancy/hooks.js';
import { refusal, type TenantState } from '../tenancy/lifecycle.js';
import { appRoleName, projectName } from '../tenancy/naming.js';
import type { Dependencies } from './dependencies.js';
import { takeTenant } from './take-tenant.js';
import { type TenantStep, writerOf } from './tenant-step.js';

export interface OnboardingBegun {
  /** The tenant is ready already, on this plan: there is nothing to do. */
  readonly readyProjectId?: string;
  /** An earlier run may have left a project behind, which must go first. */
  readonly leftover: boolean;
  /** The hooks that the worker's fleet has; absent in runs that began before there were any. */
  readonly hooks?: readonly HookName[];
}

/** Takes the tenant for this run, or says why it cannot be onboarded. */
export function beginOnboarding({ catalog, fleet, runs }: Dependencies) {
  return async (
    step: TenantStep & { readonly plan: string; readonly reuseErased?: boolean },
  ): Promise<OnboardingBegun> => {
    const { tenant, plan, reuseErased = false } = step;
    const names = {
      plan,
      projectName: projectName(fleet.name, tenant.id, await catalog.installation()),
      appRole: appRoleName(tenant.id),
      reuseErased,
    };
    const onboarding = await takeTenant({ runs }, step, (seenClosed) =>
      catalog.tenants.beginOnboarding(writerOf(step), names, seenClosed),
    );
    if (onboarding.begun) return { leftover: onboarding.leftover, hooks: hookNames(fleet.hooks) };
    const { state, plan: present, projectId } = onboarding.tenant;
    if (state === 'ready' && present === plan && projectId !== undefined) {
      return { readyProjectId: projectId, leftover: false };
    }
    throw failure('TenantStateConflict', whyNot(state, present, plan));
  };
}

function whyNot(state: TenantState, present: string, plan: string): string {
  if (state === 'ready' && present !== plan)
    return `the tenant is ready on plan "${present}": it is brought to plan "${plan}" by changePlan`;
  return state === 'offboarded'
    ? 'the tenant is offboarded, and its id is kept for it: erase it first (tenantry erase), then onboard with reuseErased (--reuse-erased)'
    : refusal('onboard', state);
}
