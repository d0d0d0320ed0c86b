import { createHash } from 'node:crypto';
import { Client } from '@temporalio/client';
import {
  type NativeConnection,
  Worker,
  type WorkerDeploymentOptions,
  type WorkerOptions,
} from '@temporalio/worker';
import {
  createCatalogActivities,
  createCodeActivities,
  createDatabaseActivities,
  createHeavyActivities,
  createNeonActivities,
} from '../activities/activities.js';
import type { Dependencies } from '../activities/dependencies.js';
import { failureInterceptor } from '../activities/failure-interceptor.js';
import { heldByItsRun } from '../activities/held-by-its-run.js';
import { stepObserver } from '../activities/observe-steps.js';
import { ownFleetOnly } from '../activities/own-fleet.js';
import { progressReporter } from '../activities/report-progress.js';
import { deadlineInterceptor } from '../activities/work-time.js';
import { clientDataConverter, workerDataConverter } from '../payloads/data-converter.js';
import {
  type CompanionQueue,
  companionQueue,
  companionQueueNames,
  defaultDeployment,
  defaultTaskQueue,
  ownQueue,
} from '../tenancy/naming.js';
import { withTracePackages } from '../traces/optional-packages.js';
import type { Traces } from '../traces/traces.js';
import { startHeartbeat } from './heartbeat.js';
import { watchKey } from './key-refusal.js';
import type { Metrics } from './metrics/metrics.js';
import { runsOf } from './runs.js';
import { defaultSlots, type Slots } from './slots.js';
import type { TemporalOptions } from './temporal-options.js';
import { wakeSenders } from './wake-senders.js';
import { encodingFailures, readBundle, tellingBuildsApart } from './workflow-bundle.js';

/** The user's own activities and workflows, beside ours on the queue of the workflows. */
export interface UserCode {
  /** By name; none of ours may be among them. */
  readonly activities?: Readonly<Record<string, (...args: never[]) => Promise<unknown>>>;
  /** The file that exports the user's workflows. Their names must differ from ours. */
  readonly workflowsPath?: string;
  /** Further queues, each with its own slots. That of the name `embeddings` is `<queue>-embeddings`. */
  readonly queues?: Readonly<Record<string, OwnQueue>>;
}

/** A queue of the user's own, for activities that are not to hold the others up, or take turns among themselves. */
export interface OwnQueue {
  readonly activities: NonNullable<UserCode['activities']>;
  /** How many of them are done at once. */
  readonly slots: number;
}

export interface TenantryWorkerOptions extends UserCode, TemporalOptions {
  readonly connection: NativeConnection;
  readonly namespace: string;
  /** @default the queue that is named for the fleet */
  readonly taskQueue?: string | undefined;
  readonly dependencies: Omit<Dependencies, 'runs'>;
  /** What payloads are encrypted with where the fleet asks for it, and decrypted with always. @default none */
  readonly sealKeys?: ReadonlyMap<string, Buffer> | undefined;
  /** Calls to Neon in a second, of all workers on this queue together. */
  readonly neonCallsPerSecond: number;
  /** Which build of the workers this is: with it, Temporal keeps runs apart by build. @default not told apart */
  readonly build?: WorkerBuild | undefined;
  /** How much is done at once. @default `defaultSlots` */
  readonly slots?: Partial<Slots> | undefined;
  readonly shutdownGraceMs: number;
  readonly stickyTimeoutMs: number;
  /** Runs workflows in the thread of the caller, where a debugger finds them and none has to be started. @default false */
  readonly inThisThread?: boolean | undefined;
  /** Counts what the worker does. @default nothing is counted */
  readonly metrics?: Pick<Metrics, 'observeStep' | 'observeOperation'> | undefined;
  /** Traces what the worker does. What is no workflow goes to the provider that the process has set up. @default nothing is traced */
  readonly traces?: Traces | undefined;
  /**
   * Resolves once calls to Neon may be made: until then none is taken from their queue. A rejection ends the worker.
   * @default they may be made at once
   */
  readonly neonAllowed?: Promise<void> | undefined;
  /** A file made by `bundleWorkflows`, with the user's workflows in it if there are any. @default bundled now */
  readonly workflowBundle?: string | undefined;
}

export interface WorkerBuild {
  readonly id: string;
  /** What the builds are builds of. @default a name made of the fleet's */
  readonly deployment?: string | undefined;
}

export interface TenantryWorker {
  /** Resolves once the worker was told to stop and its running tasks are done; rejects when it cannot continue. */
  run(): Promise<void>;
  shutdown(): void;
  /** It takes tasks; calls to Neon among them only once they are allowed. */
  isRunning(): boolean;
  /** Something in it broke that does not recover: it has to be started anew. */
  hasFailed(): boolean;
}

/**
 * Several workers in one: the queue of the workflows and of the user's own activities, and its companions, each with slots
 * of its own, so that nothing waits behind what takes longer than itself. The server paces the queue of the calls to Neon.
 * The pace is the queue's, so it holds however many workers there are, and every retry counts against it.
 */
export async function createTenantryWorker(options: TenantryWorkerOptions): Promise<TenantryWorker> {
  const { connection, namespace, sealKeys } = options;
  const { metrics, neonAllowed } = options;
  const dependencies: Dependencies = {
    ...options.dependencies,
    runs: runsOf(connection, namespace),
    observeOperation: metrics?.observeOperation,
  };
  const { fleet, catalog } = dependencies;
  const { taskQueue = defaultTaskQueue(fleet.name) } = options;
  const slots = { ...defaultSlots, ...options.slots };
  const ownQueues = distinctQueues(options.queues);
  const theirs = new Set(
    [options.activities ?? {}, ...ownQueues.map(([, { activities }]) => activities)].flatMap(Object.keys),
  );
  const { interceptors, sinks, dataConverter: own, tuning, traces } = options;
  const tracing = traces && (await loadTracing(traces));
  const bundle = await readBundle(options.workflowBundle, {
    workflowsPath: options.workflowsPath,
    workflowInterceptors: interceptors?.workflowModules,
    payloadConverterPath: own?.payloadConverterPath,
    traces: tracing !== undefined,
  });
  const code = options.build === undefined ? bundle : tellingBuildsApart(bundle);
  const common: Omit<WorkerOptions, 'taskQueue'> = {
    ...tuning,
    connection,
    namespace,
    dataConverter: workerDataConverter({ sealKeys, namespace, fleet, own }),
    sinks: { ...unheardSpans, ...tracing?.sinks, ...sinks },
    interceptors: {
      ...(interceptors?.client && { client: interceptors.client }),
      ...(interceptors?.nexus && { nexus: interceptors.nexus }),
      activity: [
        // A span sees an attempt as Temporal does.
        ...(tracing?.activity ?? []),
        // The failure is made first, then found to be final or not, and then told of.
        () => ({ inbound: progressReporter(catalog) }),
        ...(metrics === undefined ? [] : [() => ({ inbound: stepObserver(metrics.observeStep) })]),
        () => ({ inbound: deadlineInterceptor }),
        ({ info }) => ({ inbound: failureInterceptor(theirs.has(info.activityType) ? 'theirs' : 'ours') }),
        () => ({ inbound: ownFleetOnly({ fleet: fleet.name, taskQueue }, theirs) }),
        () => ({ inbound: heldByItsRun(catalog, theirs) }),
        ...(interceptors?.activity ?? []),
      ],
    },
    ...(options.build === undefined
      ? { buildId: codeId(code) }
      : { workerDeploymentOptions: deploymentOptions(fleet.name, options.build) }),
    shutdownGraceTime: options.shutdownGraceMs,
    stickyQueueScheduleToStartTimeout: options.stickyTimeoutMs,
  };
  const catalogActivities = createCatalogActivities(dependencies);
  const companions = {
    neon: createNeonActivities(dependencies),
    steps: { ...createDatabaseActivities(dependencies), ...catalogActivities },
    code: createCodeActivities(dependencies),
    heavy: createHeavyActivities(dependencies),
  };
  // All refusals come before the first worker, which nobody would stop.
  for (const [, { activities }] of ownQueues) distinct(activities, Object.values(companions));
  const key = watchKey();
  const companion = (of: CompanionQueue, also: Partial<WorkerOptions> = {}) =>
    Worker.create({
      ...common,
      ...also,
      taskQueue: companionQueue(taskQueue, of),
      activities: companions[of],
      maxConcurrentActivityTaskExecutions: slots[of],
    });
  const neonCompanion = () =>
    companion('neon', {
      maxTaskQueueActivitiesPerSecond: options.neonCallsPerSecond,
      interceptors: {
        ...common.interceptors,
        activity: [() => ({ inbound: key.inbound }), ...(common.interceptors?.activity ?? [])],
      },
    });
  const workers = await Promise.all([
    Worker.create({
      ...common,
      taskQueue,
      activities: { ...catalogActivities, ...distinct(options.activities, Object.values(companions)) },
      maxConcurrentActivityTaskExecutions: slots.own,
      maxConcurrentLocalActivityExecutions: slots.local,
      maxConcurrentWorkflowTaskExecutions: slots.workflows,
      ...(slots.cached === undefined ? {} : { maxCachedWorkflows: slots.cached }),
      debugMode: options.inThisThread ?? false,
      workflowBundle: { code: fleet.encryptPayloads ? encodingFailures(code) : code },
    }),
    companion('steps'),
    companion('code'),
    companion('heavy'),
    ...ownQueues.map(([name, { activities, slots: most }]) =>
      Worker.create({
        ...common,
        taskQueue: ownQueue(taskQueue, name),
        activities,
        maxConcurrentActivityTaskExecutions: most,
      }),
    ),
    ...(neonAllowed === undefined ? [neonCompanion()] : []),
  ]);
  const stopping = new AbortController();
  const shutdown = () => {
    stopping.abort();
    for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
  };
  const runNeonOnceAllowed = async (allowed: Promise<void>) => {
    const stopped = new Promise<void>((resolve) => {
      stopping.signal.addEventListener('abort', () => resolve(), { once: true });
    });
    await Promise.race([allowed, stopped]);
    if (stopping.signal.aborted) return;
    const worker = await neonCompanion();
    const ended = worker.run();
    workers.push(worker);
    // It was told to stop while this one was made.
    if (stopping.signal.aborted) worker.shutdown();
    await ended;
  };
  const isRunning = () => workers.every((worker) => worker.getState() === 'RUNNING');
  return {
    async run() {
      const ended = workers.map((worker) => worker.run().finally(shutdown));
      if (neonAllowed !== undefined) ended.push(runNeonOnceAllowed(neonAllowed).finally(shutdown));
      const endHeartbeat = startHeartbeat(catalog, {
        fleet: fleet.name,
        taskQueue,
        build: options.build?.id,
        keyRefusal: key.refusal,
        isRunning,
      });
      const endWaking = wakeSenders({
        catalog,
        temporal: new Client({
          connection,
          namespace,
          dataConverter: clientDataConverter({ sealKeys, namespace, fleet, own }),
        }),
        fleet,
        taskQueue,
      });
      try {
        // One without the other would take work that it cannot finish: when one has ended, the others are told to stop.
        const results = await Promise.allSettled(ended);
        for (const result of results) if (result.status === 'rejected') throw result.reason;
      } finally {
        await endWaking();
        await endHeartbeat();
      }
    },
    shutdown,
    isRunning,
    hasFailed: () => workers.some((worker) => worker.getState() === 'FAILED'),
  };
}

/** Workflows that were bundled for traces, at a worker that does not trace. Without it each span would be a line in the log. */
const unheardSpans = { exporter: { export: { fn() {} } } };

function loadTracing(traces: Traces) {
  return withTracePackages(async () => {
    const { workerTracing } = await import('../traces/worker-tracing.js');
    return workerTracing(traces);
  });
}

/** Which workflows a worker has. The SDK's own is four times as long, and stands in a history twice for every turn. */
function codeId(bundle: string): string {
  return `tenantry-${createHash('sha256').update(bundle).digest('hex').slice(0, 12)}`;
}

/** Ours say for themselves whether they move to the next build. */
function deploymentOptions(
  fleet: string,
  { id: buildId, deployment: deploymentName = defaultDeployment(fleet) }: WorkerBuild,
): WorkerDeploymentOptions {
  return {
    useWorkerVersioning: true,
    version: { deploymentName, buildId },
    // Of workflows that do not say: as they would go on without builds being told apart.
    defaultVersioningBehavior: 'AUTO_UPGRADE',
  };
}

/** The user's own queues. One of a name of ours would be given our tasks. */
function distinctQueues(queues: UserCode['queues'] = {}): readonly (readonly [string, OwnQueue])[] {
  const taken = companionQueueNames.filter((name) => Object.hasOwn(queues, name));
  if (taken.length === 0) return Object.entries(queues);
  throw new Error(`queues of these names are Tenantry's own, so yours need others: ${taken.join(', ')}`);
}

/** The user's activities. Of two of one name in the UI, nobody would know which is which. */
function distinct(activities: object = {}, ours: readonly object[]): object {
  const taken = Object.keys(activities).filter((name) => ours.some((each) => Object.hasOwn(each, name)));
  if (taken.length === 0) return activities;
  throw new Error(`activities of these names are Tenantry's own, so yours need others: ${taken.join(', ')}`);
}
