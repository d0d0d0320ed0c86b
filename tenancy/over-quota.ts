import type { FailureReason } from './failure-reason.js';
import { allowedIn, type TenantState, tenantStates } from './lifecycle.js';

/**
 * The states in which a used-up quota has a remedy: another plan, at once or after a resumption. In any other state
 * there is a more serious problem.
 */
export const overQuotaStates = tenantStates.filter(
  (state) => state === 'suspended' || allowedIn(state).includes('changePlan'),
);

/** Whether a quota of the plan blocks all connections to a tenant, in a state in which another plan helps. */
export function isOverQuota(state: TenantState, { type }: Pick<FailureReason, 'type'>): boolean {
  return type === 'DatabaseOverQuota' && overQuotaStates.includes(state);
}
