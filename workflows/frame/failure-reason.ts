import { defaultFailureConverter } from '@temporalio/common';
import {
  ActivityFailure,
  ApplicationFailure,
  defaultPayloadConverter,
  TemporalFailure,
  TimeoutFailure,
} from '@temporalio/workflow';
import { type FailureReason, reasonDetailsOf, reasonIn } from '../../tenancy/failure-reason.js';
import { redactedDetails } from '../../tenancy/failures.js';
import { redact } from '../../tenancy/redact.js';

/**
 * The root cause of a failure: an activity's own failure arrives wrapped, and a timeout carries the last
 * error. The cause may come from the user's code or from a worker of an earlier release, so it is redacted
 * here again.
 */
export function reasonOf(error: TemporalFailure): FailureReason {
  let reason: FailureReason = { type: 'Unexpected', message: error.message };
  let step = 'a step';
  for (let at: unknown = error; at instanceof TemporalFailure; at = causeOf(at)) {
    if (at instanceof ActivityFailure) step = `the step "${at.activityType}"`;
    if (at instanceof TimeoutFailure) {
      const message = `${step} ran out of time before it could say why (${at.timeoutType})`;
      reason = { type: 'OutOfTime', message };
    }
    if (at instanceof ApplicationFailure) reason = reasonIn(at);
  }
  return redacted(reason);
}

/**
 * The SDK (1.24.0) drops the cause of a timeout, which is the failure of the last attempt, but keeps what the
 * server sent.
 */
function causeOf(error: TemporalFailure): unknown {
  const sent = error.failure?.cause;
  if (error.cause !== undefined || !sent) return error.cause;
  return defaultFailureConverter.failureToError(sent, defaultPayloadConverter);
}

/** The failure that ends a run, for the caller that waits for it. */
export function endingWith(reason: FailureReason): ApplicationFailure {
  const { type, message, ...details } = redacted(reason);
  return ApplicationFailure.nonRetryable(message, type, details);
}

function redacted({ type, message, ...details }: FailureReason): FailureReason {
  return { type, message: redact(message, longestReason), ...redactedDetails(reasonDetailsOf(details)) };
}

/** In characters: room for a reason plus the list of what could not be undone. */
const longestReason = 1_000;
