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
 * The same activities, told in their input how long they may work for the step. It is not a timeout of Temporal's, which
 * would count the wait for a worker: the activities keep the account themselves, see `activities/work-time.ts`.
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
 * Cheap activities that are local ones for as long as all is well: one attempt, and where that fails of what may pass, the
 * real activity. A local one that waits for its catalog would hold a worker's slot for workflows, and would write into the
 * history with every attempt.
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
 * The same activities, where one that is to be cancelled ends as cancelled. Temporal tries it no more then, so where its worker is
 * lost meanwhile, it ends in the timeout of its last attempt, which would read as a failure.
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
  // The SDK (1.24.0) wraps the failure of a real activity, and not that of a local one.
  const failure = error instanceof ActivityFailure ? error.cause : error;
  return !(failure instanceof ApplicationFailure && failure.nonRetryable === true);
}

/**
 * The same activities, told in their input how far the run has come, wherever that has changed (`activities/report-progress.ts`), and shown in
 * the run's details for as long as they take.
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

type Call = (input: object) => Promise<unknown>;

function wrapped<Activities extends object>(
  activities: Activities,
  wrap: (call: Call, name: string | symbol) => Call,
): Activities {
  return new Proxy(activities, {
    get: (target, name) => wrap(callOf(target, name), name),
  });
}

/** Proxies of activities have one for every name. */
function callOf(activities: object, name: string | symbol): Call {
  const call: unknown = Reflect.get(activities, name);
  if (typeof call !== 'function') throw new TypeError(`${String(name)} is no activity`);
  return (input) => call(input);
}
