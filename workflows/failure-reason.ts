import { ApplicationFailure, TemporalFailure, TimeoutFailure } from '@temporalio/workflow';
import { type FailureType, isFailureType } from '../tenancy/failures.js';

export interface FailureReason {
  readonly type: FailureType;
  readonly message: string;
}

/** The reason at the bottom of a failure: activities' own failures arrive wrapped, timeouts with their last error. */
export function reasonOf(error: TemporalFailure): FailureReason {
  let reason: FailureReason = { type: 'Unexpected', message: error.message };
  for (let at: unknown = error; at instanceof TemporalFailure; at = at.cause) {
    if (at instanceof TimeoutFailure)
      reason = { type: 'Unexpected', message: `out of time (${at.timeoutType})` };
    if (at instanceof ApplicationFailure) {
      reason = { type: isFailureType(at.type) ? at.type : 'Unexpected', message: at.message };
    }
  }
  return reason;
}
