import { ApplicationFailure, activityInfo, cancellationSignal, type Info } from '@temporalio/activity';
import type { ActivityInboundCallsInterceptor } from '@temporalio/worker';
import { z } from 'zod';
import { failure } from '../tenancy/failures.js';
import { attemptNotes, leaveNote } from './attempt-notes.js';

/*
 * A deadline counts work: the time that attempts took, and the pauses between them that were meant to be. It does not
 * count the wait for a worker, before the first attempt or after any other, and it does not count an attempt that was lost
 * with its worker. The server can't tell these apart, so the attempts keep the account: each leaves it to the next.
 */
const accountSchema = z.object({
  workedMs: z.number(),
  /** How many attempts the account is about. The others were lost. */
  attempts: z.number(),
  /** Why the last of them failed that could report it. */
  last: z.object({ type: z.string(), message: z.string() }).optional(),
});

type Account = z.output<typeof accountSchema>;

/** What a workflow adds to the input of an activity that has a deadline. */
const limitedSchema = z.object({ deadlineMs: z.number() });

/** So many attempts may be lost with their workers; then it is probably the step that takes the worker with it. */
const mostLost = 20;

/** Makes a failure final once the work done for the step has taken as long as it may. */
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
    // One that the server cuts off can no longer say how long it took.
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
 * When an attempt that still runs is put on the account as a whole, in milliseconds from its start. Where heartbeats are
 * sent all the time, one may be held back for most of their timeout.
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

/** How long the server waits before it makes the next attempt, in milliseconds. */
export function pauseAfter({ nextRetryDelay }: ApplicationFailure): number {
  if (typeof nextRetryDelay === 'number') return nextRetryDelay;
  const { attempt, retryPolicy } = activityInfo();
  const { initialInterval, maximumInterval, backoffCoefficient = 1 } = retryPolicy ?? {};
  if (typeof initialInterval !== 'number' || typeof maximumInterval !== 'number') return 0;
  return Math.min(initialInterval * backoffCoefficient ** (attempt - 1), maximumInterval);
}

/** The same failure, after which no attempt is made. */
export function asFinal({ message, type, details, cause, category }: ApplicationFailure): ApplicationFailure {
  return new ApplicationFailure(message, type, true, details, cause, undefined, category);
}
