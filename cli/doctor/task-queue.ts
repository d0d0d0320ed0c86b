import { companionQueue, companionQueueNames, companionQueues } from '../../tenancy/naming.js';
import type { TemporalConnection } from './with-temporal.js';

export const taskQueueType = { workflow: 1, activity: 2 } as const;

/** A build of a deployment's workers. */
export interface Build {
  readonly deployment: string;
  readonly id: string;
}

export interface Poller {
  /** Who it says that it is: a worker's pid and host, unless it was given another name. */
  readonly identity: string;
  /** Milliseconds since it last asked for a task. */
  readonly ago: number;
  /** Nothing where it does not say which build it is. */
  readonly build: Build | undefined;
}

/** Who takes tasks of one kind from a queue, and whose turn it is to. */
export interface TaskQueueCondition {
  /** Those that the server remembers: one that has died, for five minutes. */
  readonly pollers: readonly Poller[];
  /** The build that is given new runs; nothing where those are given them that do not say which build they are. */
  readonly current: Build | undefined;
}

/** The queues of a fleet's workers: that of the workflows, and its companions. */
export function queuesOf(queue: string) {
  return [
    { name: queue, type: taskQueueType.workflow, kind: 'workflows' },
    { name: queue, type: taskQueueType.activity, kind: 'activities' },
    ...companionQueueNames.map((of) => ({
      name: companionQueue(queue, of),
      type: taskQueueType.activity,
      kind: companionQueues[of],
    })),
  ];
}

/** A worker asks anew at least once a minute. */
const longestSilenceMs = 90_000;

export const isLive = ({ ago }: Pick<Poller, 'ago'>) => ago <= longestSilenceMs;

const versionedMode = 2;

export async function taskQueueCondition(
  { connection, namespace }: TemporalConnection,
  { name, type }: { readonly name: string; readonly type: 1 | 2 },
): Promise<TaskQueueCondition> {
  const { pollers, versioningInfo } = await connection.workflowService.describeTaskQueue({
    namespace,
    taskQueue: { name },
    taskQueueType: type,
  });
  const current = versioningInfo?.currentDeploymentVersion;
  return {
    pollers: pollers.map(({ identity, lastAccessTime, deploymentOptions }) => ({
      identity: identity ?? '',
      ago: Date.now() - Number(lastAccessTime?.seconds ?? 0) * 1000,
      build:
        deploymentOptions?.workerVersioningMode === versionedMode ? buildOf(deploymentOptions) : undefined,
    })),
    current: current == null ? undefined : buildOf(current),
  };
}

type BuildTold = {
  readonly deploymentName?: string | null | undefined;
  readonly buildId?: string | null | undefined;
};

function buildOf({ deploymentName, buildId }: BuildTold): Build {
  return { deployment: deploymentName ?? '', id: buildId ?? '' };
}
