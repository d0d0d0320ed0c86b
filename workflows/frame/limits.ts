import {
  ActivityFailure,
  ApplicationFailure,
  CancellationScope,
  CancelledFailure,
  isCancellation,
  TemporalFailure,
  TimeoutFailure,
} from '@temporalio/workflow';
import type { ProgressTracker } from './progress.js';

/**
 * The same activities, with the time that they may work for the step added to their input. It is not
 * Temporal's timeout, which would count the wait for a worker: the activities count the time themselves, see
 * `activities/work-time.ts`.
 */
export function limited<Activities extends object>(
  activities: Activities,
  deadlineMs: () => number | undefined,
): Activities {
  return wrapped(activities, (call) => (input) => {
    const limit = deadlineMs();
    return call(limit === undefined ? input : { ...input, deadlineMs: limit });
  });
}

/**
 * Runs cheap activities as local ones while all is well: one attempt, and after a transient failure the
 * regular activity. A local activity that waits for its catalog would hold one of the worker's workflow
 * slots, and every attempt would write to the history.
 */
export function localFirst<Activities extends object>(local: Activities, real: Activities): Activities {
  return wrapped(local, (call, name) => async (input) => {
    try {
      return await call(input);
    } catch (error) {
      if (!mayPass(error) || CancellationScope.current().consideredCancelled) throw error;
      return callOf(real, name)(input);
    }
  });
}

/**
 * The same activities, where a cancelled one ends as cancelled. Temporal does not retry a cancelled activity,
 * so if its worker is lost in the meantime, the activity ends in the timeout of its last attempt, which would
 * read as a failure.
 */
export function cancelledThoughLost<Activities extends object>(activities: Activities): Activities {
  return wrapped(activities, (call, name) => async (input) => {
    try {
      return await call(input);
    } catch (error) {
      const lost = error instanceof ActivityFailure && error.cause instanceof TimeoutFailure;
      if (!lost || !CancellationScope.current().consideredCancelled) throw error;
      throw new CancelledFailure(`the step "${String(name)}" was cancelled, and its worker lost`, [], error);
    }
  });
}

function mayPass(error: unknown): boolean {
  if (!(error instanceof TemporalFailure) || isCancellation(error)) return false;
  // The SDK (1.24.0) wraps the failure of a regular activity, but not the failure of a local one.
  const failure = error instanceof ActivityFailure ? error.cause : error;
  return !(failure instanceof ApplicationFailure && failure.nonRetryable === true);
}

/**
 * The same activities. Their input carries the run's progress whenever it has changed
 * (`activities/report-progress.ts`), and the run's details show each activity for as long as it takes.
 */
export function reporting<Activities extends object>(
  activities: Activities,
  progress: Pick<ProgressTracker, 'calls' | 'unreported'>,
): Activities {
  return wrapped(activities, (call, name) => (input) => {
    const steps = progress.unreported();
    const ending = call(steps === undefined ? input : { ...input, progress: steps });
    progress.calls(String(name), ending);
    return ending;
  });
}

/** The same activities; those that are called while it undoes are the other ones. */
export function whileUndoing<Activities extends object>(
  activities: Activities,
  isUndoing: () => boolean,
  undoing: () => Activities,
): Activities {
  let others: Activities | undefined;
  return wrapped(activities, (call, name) => (input) => {
    if (!isUndoing()) return call(input);
    others ??= undoing();
    return callOf(others, name)(input);
  });
}

type Call = (input: object) => Promise<unknown>;

function wrapped<Activities extends object>(
  activities: Activities,
  wrap: (call: Call, name: string | symbol) => Call,
): Activities {
  return new Proxy(activities, {
    get: (target, name) => wrap(callOf(target, name), name),
  });
}

/** A proxy of activities has a function for every name. */
function callOf(activities: object, name: string | symbol): Call {
  const call: unknown = Reflect.get(activities, name);
  if (typeof call !== 'function') throw new TypeError(`${String(name)} is no activity`);
  return (input) => call(input);
}
