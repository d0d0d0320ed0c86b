import { ApplicationFailure, activityInfo, cancellationSignal, type Info } from '@temporalio/activity';
import type { ActivityInboundCallsInterceptor } from '@temporalio/worker';
import { z } from 'zod';
import { failure } from '../tenancy/failures.js';
import { attemptNotes, leaveNote } from './attempt-notes.js';

/*
 * A deadline counts work: the time that attempts took, and the intended pauses between them. It counts
 * neither the wait for a worker, before the first attempt or a later one, nor an attempt that was lost with
 * its worker. The server can't tell these apart, so the attempts keep the account: each passes it on to the
 * next.
 */
const accountSchema = z.object({
  workedMs: z.number(),
  /** How many attempts the account covers. The others were lost. */
  attempts: z.number(),
  /** The reason of the last failure that could be reported. */
  last: z.object({ type: z.string(), message: z.string() }).optional(),
});

type Account = z.output<typeof accountSchema>;

/** What a workflow adds to the input of an activity that has a deadline. */
const limitedSchema = z.object({ deadlineMs: z.number() });

/**
 * How many attempts may be lost with their workers; after that, the step itself probably kills the worker.
 */
const mostLost = 20;

/** Makes a failure final once the step's work time has reached its deadline. */
export const deadlineInterceptor: ActivityInboundCallsInterceptor = {
  async execute(input, next) {
    const limited = limitedSchema.safeParse(input.args[0]);
    if (!limited.success) return next(input);
    const { deadlineMs } = limited.data;
    const { attempt, activityType, startToCloseTimeoutMs: longestMs } = activityInfo();
    const before = accountSchema.safeParse(attemptNotes()).data ?? { workedMs: 0, attempts: 0 };
    refuseFurtherAttempts(before, deadlineMs, attempt - 1 - before.attempts, activityType);

    const keep = (workedMs: number, last = before.last) =>
      leaveNote({ workedMs, attempts: before.attempts + 1, last });
    // An attempt that the server cuts off can no longer report how long it took.
    const nearTheEnd = setTimeout(() => keep(before.workedMs + longestMs), nearlyOver(activityInfo()));
    const startedAt = performance.now();
    try {
      return await next(input);
    } catch (error) {
      if (!(error instanceof ApplicationFailure) || error.nonRetryable === true) throw error;
      if (cancellationSignal().aborted) throw error;
      const workedMs = before.workedMs + (performance.now() - startedAt) + pauseAfter(error);
      if (workedMs >= deadlineMs) throw asFinal(error);
      keep(Math.round(workedMs), { type: error.type ?? 'Unexpected', message: error.message });
      throw error;
    } finally {
      clearTimeout(nearTheEnd);
    }
  },
};

/**
 * When the whole time of a running attempt is added to the account, in milliseconds from its start. The SDK
 * may hold back a heartbeat for most of its timeout if heartbeats are frequent.
 */
function nearlyOver({ startToCloseTimeoutMs: longestMs, heartbeatTimeoutMs = 0 }: Info): number {
  const margin = longestMs / 10;
  const beats = heartbeatTimeoutMs < longestMs;
  return longestMs - (beats ? Math.min(Math.max(margin, heartbeatTimeoutMs), longestMs / 2) : margin);
}

function refuseFurtherAttempts(
  { workedMs, last }: Account,
  deadlineMs: number,
  lost: number,
  activityType: string,
): void {
  if (workedMs < deadlineMs && lost <= mostLost) return;
  if (lost > mostLost) {
    const message = `the step "${activityType}" lost its worker ${lost} times before it came to an end`;
    throw failure('OutOfTime', message, { nonRetryable: true });
  }
  if (last !== undefined) throw ApplicationFailure.nonRetryable(last.message, last.type);
  const message = `the step "${activityType}" ran out of time before it could say why`;
  throw failure('OutOfTime', message, { nonRetryable: true });
}

/** How long the server waits before the next attempt, in milliseconds. */
export function pauseAfter({ nextRetryDelay }: ApplicationFailure): number {
  if (typeof nextRetryDelay === 'number') return nextRetryDelay;
  const { attempt, retryPolicy } = activityInfo();
  const { initialInterval, maximumInterval, backoffCoefficient = 1 } = retryPolicy ?? {};
  if (typeof initialInterval !== 'number' || typeof maximumInterval !== 'number') return 0;
  return Math.min(initialInterval * backoffCoefficient ** (attempt - 1), maximumInterval);
}

/** The same failure, as non-retryable. */
export function asFinal({ message, type, details, cause, category }: ApplicationFailure): ApplicationFailure {
  return new ApplicationFailure(message, type, true, details, cause, undefined, category);
}
