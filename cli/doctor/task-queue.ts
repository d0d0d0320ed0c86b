import { companionQueue, companionQueueNames, companionQueues } from '../../tenancy/naming.js';
import type { TemporalConnection } from './with-temporal.js';

export const taskQueueType = { workflow: 1, activity: 2 } as const;

/** A build of a deployment's workers. */
export interface Build {
  readonly deployment: string;
  readonly id: string;
}

export interface Poller {
  /** The identity that it reports: a worker's pid and host, unless it was given another name. */
  readonly identity: string;
  /** The time since it last polled for a task, in milliseconds. */
  readonly ago: number;
  /** `undefined` when it does not report its build. */
  readonly build: Build | undefined;
}

/** The pollers of a queue for one kind of task, and the build that gets new runs. */
export interface TaskQueueCondition {
  /** The pollers that the server remembers; it remembers a dead one for five minutes. */
  readonly pollers: readonly Poller[];
  /** The build that gets new runs; `undefined` when workers without a build get them. */
  readonly current: Build | undefined;
}

/** The queues of a fleet's workers: the workflows' queue, and its companions. */
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

/** A worker polls at least once a minute. */
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
