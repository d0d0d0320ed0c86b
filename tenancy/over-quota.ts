import type { FailureReason } from './failure-reason.js';
import { allowedIn, type TenantState, tenantStates } from './lifecycle.js';

/** Where a quota that is used up can be seen to: by another plan, at once or after a resumption. In any other state something graver is the matter. */
export const overQuotaStates = tenantStates.filter(
  (state) => state === 'suspended' || allowedIn(state).includes('changePlan'),
);

/** Whether a quota of its plan keeps everybody out of a tenant that is in a state in which another plan helps. */
export function isOverQuota(state: TenantState, { type }: Pick<FailureReason, 'type'>): boolean {
  return type === 'DatabaseOverQuota' && overQuotaStates.includes(state);
}
