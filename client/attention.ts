import type { Tenant } from '../catalog/tenant.js';
import { isSettled } from '../tenancy/lifecycle.js';
import { isOverQuota } from '../tenancy/over-quota.js';

/**
 * The problem that a person must solve, in a sentence; `undefined` for a tenant that is well, or whose operation is
 * under way.
 */
export function attentionTo({
  state,
  failure,
  trouble,
}: Pick<Tenant, 'state' | 'failure' | 'trouble'>): string | undefined {
  // An operation clears the failure when it begins, and leaves a settled state if it undid everything.
  if (failure !== undefined && !isSettled(state))
    return `an operation ended in the middle and left the tenant ${state}: ${failure.message}`;
  // Undone or not, somebody may have access.
  if (failure?.type === 'RoleUnfit') return failure.message;
  // Nobody can connect until it has another plan, whatever else is tried.
  if (failure !== undefined && isOverQuota(state, failure)) return failure.message;
  return trouble === undefined ? undefined : `what is to go at Neon does not, and is tried again: ${trouble}`;
}
