import { isGone, type KnownWorker } from '../catalog/workers.js';
import type { Wait } from '../tenancy/progress.js';

/**
 * Says that no worker is running, while none is.
 * @param worker The one that was last seen; absent where none ever was.
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
