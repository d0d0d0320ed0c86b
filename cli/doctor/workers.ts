import { ownCommand } from '../../local/own-command.js';
import { companionQueueNames, defaultTaskQueue } from '../../tenancy/naming.js';
import { deadAfterMs, silenceOfWorkers } from '../../worker/check-catalog.js';
import { readFleet } from '../../worker/load-fleet.js';
import { type Check, type Outcome, ok, problem } from './check.js';
import { startAWorker } from './start-worker.js';
import { patienceMs, type Subject } from './subject.js';
import { type Build, isLive, queuesOf, type TaskQueueCondition, taskQueueCondition } from './task-queue.js';
import { type TemporalConnection, withTemporal } from './with-temporal.js';

/** Workers take tasks of every kind, from the workflows' queue and from each of its companions. */
export const workers: Check = {
  name: 'workers',
  needs: ['namespace', 'fleet', 'catalog-schema'],
  make: (subject) =>
    withTemporal(subject, async (temporal) => {
      const queue = await queueOf(subject);
      const seen = await Promise.all(
        queuesOf(queue).map(async (each) => ({ ...each, ...(await taskQueueCondition(temporal, each)) })),
      );
      const idle = seen.filter(({ pollers }) => !pollers.some(isLive));
      if (idle.length > 0) {
        return problem(
          idle
            .map(
              ({ name, kind, pollers }) =>
                `no worker takes ${kind} from the task queue "${name}"${since(pollers)}`,
            )
            .join('; '),
          `${startAWorker}; its TENANTRY_TASK_QUEUE has to be ${queue}`,
        );
      }
      const silentMs = await silenceOf(subject, queue);
      if (silentMs === undefined || silentMs > deadAfterMs) {
        const heard =
          silentMs === undefined ? 'never was heard of' : `was heard of ${Math.round(silentMs / 1000)} s ago`;
        return problem(
          `no worker is alive on "${queue}": the last ${heard}, and one says so every second`,
          `look at its log (${ownCommand} logs worker), and ${startAWorker}`,
        );
      }
      const [unserved] = seen.filter((each) => !isServed(each));
      return unserved === undefined
        ? ok(`tasks are taken from "${queue}" and its ${companionQueueNames.length} companions`)
        : notCurrent(temporal, unserved);
    }),
};

/** The catalog shows within seconds that a worker was killed; Temporal would report it as polling for a minute. */
async function silenceOf({ read }: Subject, taskQueue: string): Promise<number | undefined> {
  const { name: fleet } = await readFleet(read('TENANTRY_CONFIG'));
  return silenceOfWorkers(read('TENANTRY_CATALOG_URL'), { fleet, taskQueue }, patienceMs);
}

/** The queue of this environment's workers and clients. */
export async function queueOf({ read }: Pick<Subject, 'read'>): Promise<string> {
  const { name } = await readFleet(read('TENANTRY_CONFIG'));
  return read('TENANTRY_TASK_QUEUE') ?? defaultTaskQueue(name);
}

type Pollers = TaskQueueCondition['pollers'];

function since(pollers: Pollers): string {
  if (pollers.length === 0) return '';
  return `; the last was seen ${Math.round(Math.min(...pollers.map(({ ago }) => ago)) / 1000)} s ago`;
}

/** Whether there is a worker that gets new runs. */
function isServed({ pollers, current }: TaskQueueCondition): boolean {
  return pollers
    .filter(isLive)
    .some(({ build }) => build?.deployment === current?.deployment && build?.id === current?.id);
}

/** Workers are running, but new runs wait for those of another build. */
function notCurrent(
  { address, namespace }: TemporalConnection,
  { name, pollers, current }: TaskQueueCondition & { readonly name: string },
): Outcome {
  const builds = pollers.filter(isLive).flatMap(({ build }) => build ?? []);
  const here = builds.length === 0 ? 'of no build' : `of ${[...new Set(builds.map(called))].join(', ')}`;
  const wanted = current === undefined ? 'those of no build' : called(current);
  const { deployment, id } = builds.at(-1) ?? { deployment: current?.deployment ?? '', id: undefined };
  const which = id === undefined ? '--unversioned' : `--build-id ${id}`;
  return problem(
    `new runs wait: the workers on the task queue "${name}" are ${here}, and Temporal gives new runs to ${wanted}`,
    `${current === undefined ? '' : 'start workers of that build, or: '}temporal worker deployment set-current-version --address ${address} --namespace ${namespace} --deployment-name ${deployment} ${which}`,
  );
}

function called({ deployment, id }: Build): string {
  return `build "${id}" of "${deployment}"`;
}
