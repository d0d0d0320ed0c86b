import type { FailureReason } from '../tenancy/failure-reason.js';
import type { FailureType } from '../tenancy/failures.js';
import type { TenantOperation } from '../tenancy/lifecycle.js';

/**
 * How an operation ended. `taken_back`: undone on request before its point of no return. `cancelled`:
 * cancelled, and undone. `failed`: failed, and undone. `stuck`: it could not be undone, so the operation
 * still holds the tenant.
 */
export const operationOutcomes = ['succeeded', 'taken_back', 'cancelled', 'failed', 'stuck'] as const;

export interface ObservedOperation {
  readonly operation: TenantOperation;
  readonly outcome: (typeof operationOutcomes)[number];
  /** The reason, unless it succeeded or was taken back. */
  readonly reason?: FailureType;
}

/** Called once per operation: an attempt that repeats another one's work does not count. */
export type OperationObserver = (ended: ObservedOperation) => void;

export function failed(
  operation: TenantOperation,
  { type: reason }: FailureReason,
  undone: boolean,
): ObservedOperation {
  const outcome = undone ? (reason === 'Cancelled' ? 'cancelled' : 'failed') : 'stuck';
  return { operation, outcome, reason };
}
