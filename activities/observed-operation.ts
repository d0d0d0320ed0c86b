import type { FailureReason } from '../tenancy/failure-reason.js';
import type { FailureType } from '../tenancy/failures.js';
import type { TenantOperation } from '../tenancy/lifecycle.js';

/**
 * How an operation ended. `taken_back`: as asked, before it was done. `cancelled`: asked to stop, and undone. `failed`: undone.
 * `stuck`: it could not be undone, so the tenant is still in its hands.
 */
export const operationOutcomes = ['succeeded', 'taken_back', 'cancelled', 'failed', 'stuck'] as const;

export interface ObservedOperation {
  readonly operation: TenantOperation;
  readonly outcome: (typeof operationOutcomes)[number];
  /** Why, unless it was done or taken back. */
  readonly reason?: FailureType;
}

/** Called once for each operation: an attempt that repeats what another one did is none. */
export type OperationObserver = (ended: ObservedOperation) => void;

export function failed(
  operation: TenantOperation,
  { type: reason }: FailureReason,
  undone: boolean,
): ObservedOperation {
  const outcome = undone ? (reason === 'Cancelled' ? 'cancelled' : 'failed') : 'stuck';
  return { operation, outcome, reason };
}
