import { isGone, type KnownWorker } from '../catalog/workers.js';
import type { Wait } from '../tenancy/progress.js';

/**
 * The wait for a worker when none is running.
 * @param worker The one with the last heartbeat; absent when none ever wrote one.
 */
export function workerAbsence(worker: KnownWorker | undefined, taskQueue: string): Wait | undefined {
  if (worker !== undefined && !isGone(worker)) return undefined;
  const reason =
    worker === undefined
      ? `no worker takes tasks from "${taskQueue}", and none has yet`
      : `no worker takes tasks from "${taskQueue}": the last, ${worker.identity}, ${worker.hasLeft ? 'ended' : 'was seen'} at ${worker.seenAt.toISOString()}`;
  return {
    reason,
    type: 'NoWorker',
    attempts: 0,
    ...(worker === undefined ? {} : { since: worker.seenAt.toISOString() }),
  };
}
