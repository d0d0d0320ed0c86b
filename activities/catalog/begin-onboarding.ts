import { failure } from '../../tenancy/failures.js';
import { hookNames } from '../../tenancy/hooks.js';
import { appRoleName, projectName } from '../../tenancy/naming.js';
import { onboardingRefusal } from '../../tenancy/refusal.js';
import type { Dependencies } from '../dependencies.js';
import { type TenantInput, writerOf } from '../tenant-input.js';
import type { OperationBegun } from './begin-operation.js';
import { takeTenant } from './take-tenant.js';

/** Claims the tenant for this run, or throws the reason why it cannot be onboarded. */
export function beginOnboarding({ catalog, fleet, runs }: Dependencies) {
  return async (
    input: TenantInput & {
      readonly plan: string;
      readonly customer?: string;
      readonly reuseErased?: boolean;
    },
  ): Promise<OperationBegun> => {
    const { tenant, plan, customer, reuseErased = false } = input;
    const names = {
      plan,
      customer,
      projectName: projectName(fleet.name, tenant.id, await catalog.installation()),
      appRole: appRoleName(tenant.id),
      reuseErased,
    };
    const onboarding = await takeTenant(
      { catalog, runs },
      input,
      (seenClosed) => catalog.tenants.beginOnboarding(writerOf(input), names, seenClosed),
      // A new onboarding would begin by deleting what that run has created.
      { overSucceeded: false },
    );
    const { begun, leftover } = onboarding;
    const { state, plan: present, projectId, appRole } = onboarding.tenant;
    // Ready on this same plan, the tenant is where the onboarding leads.
    const nothingToDo = !begun && state === 'ready' && present === plan && projectId !== undefined;
    const hooks = hookNames(fleet.hooks);
    const found = { plan, projectId, appRole, wasSuspended: false, hasDatabase: false, hooks };
    if (begun || nothingToDo) return { ...found, nothingToDo, leftover };
    throw failure('TenantStateConflict', onboardingRefusal(state, present, plan));
  };
}
