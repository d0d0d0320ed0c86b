import { defaultTaskQueue, neonTaskQueue } from '../../tenancy/naming.js';
import { readFleet } from '../../worker/load-fleet.js';
import { type Check, ok, problem } from './check.js';
import { startAWorker } from './start-worker.js';
import type { Subject } from './subject.js';
import { type TemporalConnection, withTemporal } from './with-temporal.js';

/** A worker takes tasks of every kind, for workflows, for the steps beside Neon, and for the calls to Neon. */
export const workers: Check = {
  name: 'workers',
  needs: ['namespace', 'fleet'],
  make: (subject) =>
    withTemporal(subject, async (temporal) => {
      const queue = await queueOf(subject);
      const wanted = [
        { name: queue, type: taskQueueType.workflow, kind: 'workflows' },
        { name: queue, type: taskQueueType.activity, kind: 'activities' },
        { name: neonTaskQueue(queue), type: taskQueueType.activity, kind: 'calls to Neon' },
      ];
      const seen = await Promise.all(
        wanted.map(async (each) => ({ ...each, ago: await lastSeen(temporal, each) })),
      );
      const idle = seen.filter(({ ago }) => ago === undefined || ago > longestSilenceMs);
      if (idle.length === 0) return ok(`tasks are taken from "${queue}" and "${neonTaskQueue(queue)}"`);
      return problem(
        idle
          .map(({ name, kind, ago }) => `no worker takes ${kind} from the task queue "${name}"${since(ago)}`)
          .join('; '),
        `${startAWorker}; its TENANTRY_TASK_QUEUE has to be ${queue}`,
      );
    }),
};

/** The queue that workers and clients of this environment meet on. */
async function queueOf({ read }: Subject): Promise<string> {
  const { name } = await readFleet(read('TENANTRY_CONFIG'));
  return read('TENANTRY_TASK_QUEUE') ?? defaultTaskQueue(name);
}

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
