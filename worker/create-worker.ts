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
  createConsumptionActivities,
  createDatabaseActivities,
  createHeavyActivities,
  createNeonActivities,
} from '../activities/activities.js';
import type { Dependencies } from '../activities/dependencies.js';
import { failureInterceptor } from '../activities/failure-interceptor.js';
import { heldByItsRun } from '../activities/held-by-its-run.js';
import { createOperationDurations } from '../activities/neon/operation-durations.js';
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

/** The user's own activities and workflows, which share the workflows' queue with ours. */
export interface UserCode {
  /** By name; they must not contain any of our names. */
  readonly activities?: Readonly<Record<string, (...args: never[]) => Promise<unknown>>>;
  /** The file that exports the user's workflows. Their names must differ from ours. */
  readonly workflowsPath?: string;
  /** Additional queues, each with its own slots. The queue for the name `embeddings` is `<queue>-embeddings`. */
  readonly queues?: Readonly<Record<string, OwnQueue>>;
}

/** A user-defined queue, for activities that must not block others, or must run one after another. */
export interface OwnQueue {
  readonly activities: NonNullable<UserCode['activities']>;
  /** The number of its concurrent activities. */
  readonly slots: number;
}

export interface TenantryWorkerOptions extends UserCode, TemporalOptions {
  readonly connection: NativeConnection;
  readonly namespace: string;
  /** @default the queue named after the fleet */
  readonly taskQueue?: string | undefined;
  readonly dependencies: Omit<Dependencies, 'runs' | 'durations'>;
  /** The keys that encrypt payloads if the fleet requires it, and that always decrypt. @default none */
  readonly sealKeys?: ReadonlyMap<string, Buffer> | undefined;
  /** The most calls to Neon in a second, of all workers of this queue together. */
  readonly neonCallsPerSecond: number;
  /** The most calls to Neon's consumption history in a minute, of all workers of this queue together. */
  readonly consumptionCallsPerMinute: number;
  /**
   * The build of this worker: when it is set, Temporal keeps runs on their build. @default builds are not
   * distinguished
   */
  readonly build?: WorkerBuild | undefined;
  /** The numbers of concurrent tasks. @default `defaultSlots` */
  readonly slots?: Partial<Slots> | undefined;
  readonly shutdownGraceMs: number;
  readonly stickyTimeoutMs: number;
  /** Runs workflows in the caller's thread, so that a debugger finds them and no thread has to start. @default false */
  readonly inThisThread?: boolean | undefined;
  /** Counts the worker's activities and operations. @default no metrics */
  readonly metrics?: Pick<Metrics, 'observeStep' | 'observeOperation'> | undefined;
  /**
   * Traces the worker. All spans outside of workflows go to the provider that the process has set up. @default no
   * traces
   */
  readonly traces?: Traces | undefined;
  /**
   * Resolves once calls to Neon are allowed: until then no task is taken from their queues. A rejection ends the
   * worker. @default calls are allowed at once
   */
  readonly neonAllowed?: Promise<void> | undefined;
  /**
   * A file from `bundleWorkflows`, which includes the user's workflows if there are any. @default the package's own
   * bundle; bundles now if there is more to be in it
   */
  readonly workflowBundle?: string | undefined;
}

export interface WorkerBuild {
  readonly id: string;
  /** The deployment that the builds belong to. @default a name derived from the fleet's */
  readonly deployment?: string | undefined;
}

export interface TenantryWorker {
  /** Resolves once the worker was asked to stop and its running tasks are done; rejects when it cannot continue. */
  run(): Promise<void>;
  shutdown(): void;
  /** Whether it takes tasks; calls to Neon only count once they are allowed. */
  isRunning(): boolean;
  /** Whether a part of it has failed permanently, so that it must be restarted. */
  hasFailed(): boolean;
}

/**
 * Combines several workers: one for the queue of the workflows and the user's own activities, and one for each
 * companion queue. Each has its own slots, so that no task waits behind slower ones. The server limits the rate of
 * the queues for calls to Neon. The rate belongs to the queue, so it holds for any number of workers, and every retry
 * counts against it.
 */
export async function createTenantryWorker(options: TenantryWorkerOptions): Promise<TenantryWorker> {
  const { connection, namespace, sealKeys } = options;
  const { metrics, neonAllowed } = options;
  const dependencies: Dependencies = {
    ...options.dependencies,
    runs: runsOf(connection, namespace),
    durations: createOperationDurations(),
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
        // A span covers an attempt as Temporal sees it.
        ...(tracing?.activity ?? []),
        // The order matters: the failure is made first, then classified as final or not, and then reported.
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
    consumption: createConsumptionActivities(dependencies),
    steps: { ...createDatabaseActivities(dependencies), ...catalogActivities },
    code: createCodeActivities(dependencies),
    heavy: createHeavyActivities(dependencies),
  };
  // All refusals come before the first worker is created, because nothing would stop that one.
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
  const callsToNeon = (of: 'neon' | 'consumption', perSecond: number) =>
    companion(of, {
      maxTaskQueueActivitiesPerSecond: perSecond,
      interceptors: {
        ...common.interceptors,
        activity: [() => ({ inbound: key.inbound }), ...(common.interceptors?.activity ?? [])],
      },
    });
  const neonCompanions = () => [
    callsToNeon('neon', options.neonCallsPerSecond),
    callsToNeon('consumption', options.consumptionCallsPerMinute / 60),
  ];
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
    ...(neonAllowed === undefined ? neonCompanions() : []),
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
    const callers = await Promise.all(neonCompanions());
    const ended = callers.map((worker) => worker.run().finally(shutdown));
    workers.push(...callers);
    // They were asked to stop during their creation.
    if (stopping.signal.aborted) for (const worker of callers) worker.shutdown();
    const results = await Promise.allSettled(ended);
    for (const result of results) if (result.status === 'rejected') throw result.reason;
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
        // One part without the others would take tasks that it cannot finish: when one has ended, the others are
        // stopped.
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

/**
 * For workflows that were bundled for traces, at a worker without traces. Otherwise each span would be a line in the
 * log.
 */
const unheardSpans = { exporter: { export: { fn() {} } } };

function loadTracing(traces: Traces) {
  return withTracePackages(async () => {
    const { workerTracing } = await import('../traces/worker-tracing.js');
    return workerTracing(traces);
  });
}

/**
 * Identifies the workflow code of a worker. The SDK's own id is four times as long, and is in a history twice for
 * every task.
 */
function codeId(bundle: string): string {
  return `tenantry-${createHash('sha256').update(bundle).digest('hex').slice(0, 12)}`;
}

/** Our workflows declare themselves whether they move to the next build. */
function deploymentOptions(
  fleet: string,
  { id: buildId, deployment: deploymentName = defaultDeployment(fleet) }: WorkerBuild,
): WorkerDeploymentOptions {
  return {
    useWorkerVersioning: true,
    version: { deploymentName, buildId },
    // For workflows that declare nothing: the same behaviour as without builds.
    defaultVersioningBehavior: 'AUTO_UPGRADE',
  };
}

/** The user's own queues. If one had the name of ours, it would get our tasks. */
function distinctQueues(queues: UserCode['queues'] = {}): readonly (readonly [string, OwnQueue])[] {
  const taken = companionQueueNames.filter((name) => Object.hasOwn(queues, name));
  if (taken.length === 0) return Object.entries(queues);
  throw new Error(`queues of these names are Tenantry's own, so yours need others: ${taken.join(', ')}`);
}

/** The user's own activities. If one had the name of ours, nobody could tell them apart in the UI. */
function distinct(activities: object = {}, ours: readonly object[]): object {
  const taken = Object.keys(activities).filter((name) => ours.some((each) => Object.hasOwn(each, name)));
  if (taken.length === 0) return activities;
  throw new Error(`activities of these names are Tenantry's own, so yours need others: ${taken.join(', ')}`);
}
