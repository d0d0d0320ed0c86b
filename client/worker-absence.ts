import { isGone } from '../catalog/workers.js';
import type { Wait } from '../tenancy/progress.js';
import type { Look, ProgressFeed } from './progress-feed.js';

/** Says that no worker is running, while none is. */
export function workerAbsence({ worker }: Look, { taskQueue }: ProgressFeed): Wait | undefined {
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
