import { companionQueue, companionQueueNames, companionQueues } from '../../tenancy/naming.js';
import { type Check, ok, problem } from './check.js';
import { startAWorker } from './start-worker.js';
import { type TemporalConnection, withTemporal } from './with-temporal.js';

/** Workers take tasks of every kind, from the queue of the workflows and from each of its companions. */
export const workers: Check = {
  name: 'workers',
  needs: ['namespace'],
  make: (subject) =>
    withTemporal(subject, async (temporal) => {
      const queue = subject.read('TENANTRY_TASK_QUEUE');
      const wanted = [
        { name: queue, type: taskQueueType.workflow, kind: 'workflows' },
        { name: queue, type: taskQueueType.activity, kind: 'activities' },
        ...companionQueueNames.map((of) => ({
          name: companionQueue(queue, of),
          type: taskQueueType.activity,
          kind: companionQueues[of],
        })),
      ];
      const seen = await Promise.all(
        wanted.map(async (each) => ({ ...each, ago: await lastSeen(temporal, each) })),
      );
      const idle = seen.filter(({ ago }) => ago === undefined || ago > longestSilenceMs);
      if (idle.length === 0)
        return ok(`tasks are taken from "${queue}" and its ${companionQueueNames.length} companions`);
      return problem(
        idle
          .map(({ name, kind, ago }) => `no worker takes ${kind} from the task queue "${name}"${since(ago)}`)
          .join('; '),
        `${startAWorker}; its TENANTRY_TASK_QUEUE has to be ${queue}`,
      );
    }),
};

const taskQueueType = { workflow: 1, activity: 2 } as const;

/** A worker asks anew at least once a minute; the server remembers one that has died for five. */
const longestSilenceMs = 90_000;

/** How long ago anybody asked the queue for a task, in milliseconds; nothing when nobody is remembered. */
async function lastSeen(
  { connection, namespace }: TemporalConnection,
  { name, type }: { readonly name: string; readonly type: 1 | 2 },
): Promise<number | undefined> {
  const { pollers } = await connection.workflowService.describeTaskQueue({
    namespace,
    taskQueue: { name },
    taskQueueType: type,
  });
  const times = pollers.map(({ lastAccessTime }) => Number(lastAccessTime?.seconds ?? 0) * 1000);
  return times.length === 0 ? undefined : Date.now() - Math.max(...times);
}

function since(ago: number | undefined): string {
  return ago === undefined ? '' : `; the last was seen ${Math.round(ago / 1000)} s ago`;
}
