import type { TemporalConnection } from './with-temporal.js';

export const taskQueueType = { workflow: 1, activity: 2 } as const;

/** A build of a deployment's workers. */
export interface Build {
  readonly deployment: string;
  readonly id: string;
}

export interface Poller {
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
    pollers: pollers.map(({ lastAccessTime, deploymentOptions }) => ({
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
