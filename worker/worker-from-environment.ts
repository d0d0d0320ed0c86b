import { Client } from '@temporalio/client';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import { NativeConnection } from '@temporalio/worker';
import { removeAbandoned } from '../activities/database/scratch-folder.js';
import { openCatalog } from '../catalog/catalog.js';
import { migrateCatalog } from '../catalog/migrate.js';
import { createNeonClient } from '../neon/neon-client.js';
import { clientDataConverter } from '../payloads/data-converter.js';
import { EnvironmentError, setVariables } from '../tenancy/environment.js';
import type { Fleet } from '../tenancy/fleet.js';
import { companionQueue, defaultTaskQueue } from '../tenancy/naming.js';
import { startTraces } from '../traces/start-traces.js';
import type { Traces } from '../traces/traces.js';
import { answersOf } from './answers.js';
import { installBackups } from './back-up-schedule.js';
import { readWorkerConfiguration, slotsOf } from './configuration.js';
import { createTenantryWorker, type TenantryWorker, type UserCode } from './create-worker.js';
import { findFleetFile } from './fleet-file.js';
import { serveHttp } from './http-endpoint.js';
import { listenProblem } from './listen-problem.js';
import { loadFleet, locateMigrations } from './load-fleet.js';
import { installMeter } from './meter-schedule.js';
import { createMetrics } from './metrics/metrics.js';
import { sharedReading } from './metrics/shared-reading.js';
import { warnOfMissingPlans } from './missing-plans.js';
import { checkKey, lookAtKey } from './neon-key.js';
import { keepPace, readPace } from './queue-pace.js';
import { installReconcile } from './reconcile-schedule.js';
import { installRuntime } from './runtime.js';
import { catalogConnections } from './slots.js';
import { installSweep } from './sweep-schedule.js';
import type { TemporalOptions } from './temporal-options.js';

export interface CreateWorkerOptions extends UserCode, TemporalOptions {
  /**
   * If its `migrations` is not an absolute path, it is relative to the file in `TENANTRY_CONFIG`, or to the current
   * folder. @default the fleet of that file
   */
  readonly fleet?: Fleet;
  /** @default process.env */
  readonly environment?: NodeJS.ProcessEnv;
  /**
   * For a process that has set up OpenTelemetry itself. @default sends to `OTEL_EXPORTER_OTLP_ENDPOINT`, if it is set
   */
  readonly traces?: Traces | undefined;
}

/**
 * Creates a worker from its environment: checks the settings, migrates the catalog, and is then ready to `run()`.
 * Call it once in a process, because it sets up Temporal's logging. Throws an `EnvironmentError` that lists every
 * problem.
 */
export async function createWorker(options: CreateWorkerOptions = {}): Promise<TenantryWorker> {
  const { environment = process.env, fleet: given, traces: givenTraces, ...passedOn } = options;
  const [found] = await Promise.allSettled([
    given === undefined
      ? loadFleet(setVariables(environment).TENANTRY_CONFIG ?? findFleetFile())
      : locateMigrations(given, setVariables(environment)),
  ]);
  // The fleet decides whether a seal key is needed. If the fleet is faulty, the environment's other faults are still
  // reported first.
  const configuration = readWorkerConfiguration(
    environment,
    found.status === 'fulfilled' ? found.value : undefined,
  );
  if (found.status === 'rejected') throw found.reason;
  const fleet = found.value;
  const metrics = createMetrics({
    fleet: fleet.name,
    neonCallsPerSecond: configuration.TENANTRY_NEON_CALLS_PER_SECOND,
  });
  const neon = createNeonClient({
    observe: metrics.observeNeonCall,
    apiKey: configuration.NEON_API_KEY,
    host: configuration.NEON_API_HOST,
    insecureHost: configuration.NEON_API_INSECURE_HOST,
    databaseDomains: configuration.NEON_DATABASE_DOMAIN,
    timeoutMs: fleet.timings.neonCall,
    lockedWaitMs: fleet.timings.neonLocked,
    ...(configuration.NEON_ORG_ID === undefined ? {} : { orgId: configuration.NEON_ORG_ID }),
  });
  const trouble = await lookAtKey(neon);

  const started = givenTraces === undefined ? await startTraces(environment, 'tenantry-worker') : undefined;
  const traces = givenTraces ?? started;
  const log = installRuntime(configuration);
  await removeAbandoned().catch((error: unknown) =>
    log.warn({ err: error }, 'a look for abandoned copies failed'),
  );
  await migrateCatalog(configuration.TENANTRY_CATALOG_URL);
  const slots = slotsOf(configuration);
  const catalog = openCatalog({
    url: configuration.TENANTRY_CATALOG_URL,
    sealKeys: configuration.TENANTRY_SEAL_KEY,
    secrets: fleet.secrets,
    connections: configuration.TENANTRY_CATALOG_CONNECTIONS ?? catalogConnections(slots),
  });
  const { retry } = fleet.timings;
  const key = await checkKey({ neon, catalog, log }, trouble, {
    firstMs: retry,
    longestMs: retry * 30,
  }).catch(async (error: unknown) => {
    await catalog.close();
    throw error;
  });
  const { connectionOptions, namespace = 'default' } = loadClientConnectConfig({
    overrideEnvVars: setVariables(environment),
  });
  const connection = await NativeConnection.connect(connectionOptions);
  const {
    TENANTRY_TASK_QUEUE: taskQueue = defaultTaskQueue(fleet.name),
    TENANTRY_BUILD_ID: id,
    TENANTRY_DEPLOYMENT: deployment,
  } = configuration;
  const neonQueue = { namespace, taskQueue: companionQueue(taskQueue, 'neon') };
  const consumptionCallsPerMinute = configuration.TENANTRY_CONSUMPTION_CALLS_PER_MINUTE;
  const [pace, consumptionPace] = await Promise.all([
    keepPace(connection.workflowService, neonQueue, {
      perSecond: configuration.TENANTRY_NEON_CALLS_PER_SECOND,
      setting: 'TENANTRY_NEON_CALLS_PER_SECOND',
    }),
    keepPace(
      connection.workflowService,
      { namespace, taskQueue: companionQueue(taskQueue, 'consumption') },
      {
        perSecond: consumptionCallsPerMinute / 60,
        setting: 'TENANTRY_CONSUMPTION_CALLS_PER_MINUTE',
      },
    ),
  ]);
  const worker = await createTenantryWorker({
    connection,
    namespace,
    taskQueue,
    build: id === undefined ? undefined : { id, deployment },
    sealKeys: configuration.TENANTRY_SEAL_KEY,
    dependencies: { fleet, neon, catalog, exportDir: configuration.TENANTRY_EXPORT_DIR },
    slots,
    neonCallsPerSecond: configuration.TENANTRY_NEON_CALLS_PER_SECOND,
    consumptionCallsPerMinute,
    shutdownGraceMs: configuration.TENANTRY_SHUTDOWN_GRACE_SECONDS * 1000,
    stickyTimeoutMs: configuration.TENANTRY_STICKY_TIMEOUT_MS,
    workflowBundle: configuration.TENANTRY_WORKFLOW_BUNDLE,
    metrics,
    neonAllowed: key.trouble() === undefined ? undefined : key.checked,
    ...passedOn,
    traces,
  });
  const dataConverter = clientDataConverter({
    sealKeys: configuration.TENANTRY_SEAL_KEY,
    namespace,
    fleet,
    own: passedOn.dataConverter,
  });
  const client = new Client({ connection, namespace, dataConverter });
  // At once, because each is a call or two that waits for Temporal alone.
  const schedules = [installSweep, installReconcile, installMeter, installBackups];
  await Promise.all(schedules.map((install) => install(client, fleet, taskQueue)));
  const { TENANTRY_HEALTH_PORT: port, TENANTRY_LISTEN_HOST: host } = configuration;
  metrics.watch({
    isRunning: () => worker.isRunning(),
    isKeyChecked: () => key.trouble() === undefined,
    serversPace: sharedReading(
      async () => (await readPace(connection.workflowService, neonQueue))?.perSecond,
      { freshMs: 10_000, patienceMs: 2_000 },
    ),
    readGauges: () => catalog.gauges(fleet.name, taskQueue),
    catalogConnections: () => catalog.connections(),
  });
  const http =
    port === undefined
      ? undefined
      : await serveHttp({ host, port, answers: answersOf({ worker, catalog, key, metrics }) }).catch(
          notListening,
        );
  await warnOfMissingPlans(log, configuration.TENANTRY_CATALOG_URL, fleet);
  log.info({ fleet: fleet.name, taskQueue, build: id, neon: neon.host }, 'worker started');
  log.info(pace, 'pace of calls to Neon');
  if (fleet.metering !== undefined) log.info(consumptionPace, "pace of calls to Neon's consumption history");
  return {
    ...worker,
    async run() {
      try {
        await worker.run();
      } finally {
        key.stop();
        http?.close();
        await connection.close();
        await catalog.close();
        await started?.stop();
      }
    },
  };
}

function notListening(error: unknown): never {
  const problem = listenProblem(error);
  if (problem === undefined) throw error;
  throw new EnvironmentError([
    `TENANTRY_HEALTH_PORT cannot be listened at on TENANTRY_LISTEN_HOST: ${problem}`,
  ]);
}
