import { ApplicationFailure, TemporalFailure, TimeoutFailure } from '@temporalio/workflow';
import { detailsOf, type FailureDetails, type FailureType, isFailureType } from '../tenancy/failures.js';

export interface FailureReason {
  readonly type: FailureType;
  readonly message: string;
  /** Neon's id of the request that failed, for its support. */
  readonly requestId?: string;
}

/** The reason at the bottom of a failure: activities' own failures arrive wrapped, timeouts with their last error. */
export function reasonOf(error: TemporalFailure): FailureReason {
  let reason: FailureReason = { type: 'Unexpected', message: error.message };
  for (let at: unknown = error; at instanceof TemporalFailure; at = at.cause) {
    if (at instanceof TimeoutFailure)
      reason = { type: 'Unexpected', message: `out of time (${at.timeoutType})` };
    if (at instanceof ApplicationFailure) reason = reasonIn(at);
  }
  return reason;
}

function reasonIn(failure: ApplicationFailure): FailureReason {
  const { type, message } = failure;
  const { requestId } = detailsOf(failure);
  return {
    type: isFailureType(type) ? type : 'Unexpected',
    message,
    ...(requestId === undefined ? {} : { requestId }),
  };
}

/** The failure that ends a run, for whoever waits for it. */
export function endingWith({ type, message, requestId }: FailureReason): ApplicationFailure {
  const details: FailureDetails = requestId === undefined ? {} : { requestId };
  return ApplicationFailure.nonRetryable(message, type, details);
}
