import type { Tenant } from '../catalog/tenant.js';
import { isSettled } from '../tenancy/lifecycle.js';
import { isOverQuota } from '../tenancy/over-quota.js';

/** What a person has to see to, in a sentence; `undefined` for a tenant that is well, or whose operation is under way. */
export function attentionTo({
  state,
  failure,
  trouble,
}: Pick<Tenant, 'state' | 'failure' | 'trouble'>): string | undefined {
  // An operation that begins clears the failure, and one that undid all it did leaves a state that lasts.
  if (failure !== undefined && !isSettled(state))
    return `an operation ended in the middle and left the tenant ${state}: ${failure.message}`;
  // Undone or not, somebody may have a way in.
  if (failure?.type === 'RoleUnfit') return failure.message;
  // Nobody gets in until it has another plan, whatever else is tried.
  if (failure !== undefined && isOverQuota(state, failure)) return failure.message;
  return trouble === undefined ? undefined : `what is to go at Neon does not, and is tried again: ${trouble}`;
}
