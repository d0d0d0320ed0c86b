import { ApplicationFailure, cancellationSignal } from '@temporalio/activity';
import { z } from 'zod';
import { attemptNotes, leaveNote } from './attempt-notes.js';
import { asFinal, pauseAfter } from './work-time.js';

const accountSchema = z.object({ workedMs: z.number() });

/**
 * Runs one part of a step with several parts. Each part has its own limit on the work of its attempts; the
 * step's limit covers all parts together. Every attempt of the step repeats all its parts, so each part must
 * be repeatable.
 */
export async function part<T>(name: string, deadlineMs: number, work: () => Promise<T>): Promise<T> {
  const before = accountSchema.safeParse(attemptNotes()[name]).data?.workedMs ?? 0;
  // For people who look at the pending activity in the Temporal UI.
  leaveNote({ part: name });
  const startedAt = performance.now();
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof ApplicationFailure) || error.nonRetryable === true) throw error;
    if (cancellationSignal().aborted) throw error;
    const workedMs = before + (performance.now() - startedAt) + pauseAfter(error);
    if (workedMs >= deadlineMs) throw asFinal(error);
    leaveNote({ [name]: { workedMs: Math.round(workedMs) } });
    throw error;
  }
}
