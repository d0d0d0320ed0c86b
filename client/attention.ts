import type { Tenant } from '../catalog/tenant.js';
import { isSettled } from '../tenancy/lifecycle.js';

/** What a person has to see to, in a sentence; `undefined` for a tenant that is well, or whose operation is under way. */
export function attentionTo({ state, failure }: Pick<Tenant, 'state' | 'failure'>): string | undefined {
  // An operation that begins clears the failure, and one that undid all it did leaves a state that lasts.
  if (failure === undefined) return undefined;
  if (!isSettled(state))
    return `an operation ended in the middle and left the tenant ${state}: ${failure.message}`;
  // Undone or not, somebody may have a way in.
  return failure.type === 'RoleUnfit' ? failure.message : undefined;
}
