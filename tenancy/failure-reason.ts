import type { FailureType } from './failures.js';

/** Why an operation on a tenant failed: the failure's type and its sentence. */
export interface FailureReason {
  readonly type: FailureType;
  readonly message: string;
  /** Neon's id of the request that failed, for its support. */
  readonly requestId?: string;
}
