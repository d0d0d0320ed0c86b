import { Client } from '@temporalio/client';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import { NativeConnection } from '@temporalio/worker';
import { type Catalog, openCatalog } from '../catalog/catalog.js';
import { migrateCatalog } from '../catalog/migrate.js';
import { accessProblem, ownerOfProjects } from '../neon/access.js';
import { createNeonClient, type NeonClient } from '../neon/neon-client.js';
import { clientDataConverter } from '../payloads/data-converter.js';
import { EnvironmentError, setVariables } from '../tenancy/environment.js';
import type { Fleet } from '../tenancy/fleet.js';
import { defaultTaskQueue } from '../tenancy/naming.js';
import { readWorkerConfiguration, slotsOf } from './configuration.js';
import { createTenantryWorker, type TenantryWorker, type UserCode } from './create-worker.js';
import { findFleetFile } from './fleet-file.js';
import { serveHealth } from './health.js';
import { listenProblem } from './listen-problem.js';
import { loadFleet } from './load-fleet.js';
import { warnOfMissingPlans } from './missing-plans.js';
import { installRuntime } from './runtime.js';
import { catalogConnections } from './slots.js';
import { installSweep } from './sweep-schedule.js';

export interface CreateWorkerOptions extends UserCode {
  /** @default the fleet of the file that `TENANTRY_CONFIG` names */
  readonly fleet?: Fleet;
  /** @default process.env */
  readonly environment?: NodeJS.ProcessEnv;
}

/**
 * A worker as its environment describes it: checks what it needs, migrates its catalog, and is ready to `run()`. Once
 * for a process, because it sets up Temporal's logging. Throws `EnvironmentError` that lists every problem at once.
 */
export async function createWorker(options: CreateWorkerOptions = {}): Promise<TenantryWorker> {
  const { environment = process.env, fleet: given, ...userCode } = options;
  const [found] = await Promise.allSettled([
    given ?? loadFleet(setVariables(environment).TENANTRY_CONFIG ?? findFleetFile()),
  ]);
  // The fleet says whether a seal key is needed. What else is wrong with the environment is told before a fleet that is.
  const configuration = readWorkerConfiguration(
    environment,
    found.status === 'fulfilled' ? found.value : undefined,
  );
  if (found.status === 'rejected') throw found.reason;
  const fleet = found.value;
  const neon = createNeonClient({
    apiKey: configuration.NEON_API_KEY,
    host: configuration.NEON_API_HOST,
    insecureHost: configuration.NEON_API_INSECURE_HOST,
    databaseDomains: configuration.NEON_DATABASE_DOMAIN,
    timeoutMs: fleet.timings.neonCall,
    lockedWaitMs: fleet.timings.neonLocked,
    ...(configuration.NEON_ORG_ID === undefined ? {} : { orgId: configuration.NEON_ORG_ID }),
  });
  const problem = await accessProblem(neon);
  if (problem !== undefined) throw new EnvironmentError([problem]);

  const log = installRuntime(configuration);
  await migrateCatalog(configuration.TENANTRY_CATALOG_URL);
  const slots = slotsOf(configuration);
  const catalog = openCatalog({
    url: configuration.TENANTRY_CATALOG_URL,
    sealKeys: configuration.TENANTRY_SEAL_KEY,
    secrets: fleet.secrets,
    connections: configuration.TENANTRY_CATALOG_CONNECTIONS ?? catalogConnections(slots),
  });
  await refuseForeignKey(catalog, neon);
  const { connectionOptions, namespace = 'default' } = loadClientConnectConfig({
    overrideEnvVars: setVariables(environment),
  });
  const connection = await NativeConnection.connect(connectionOptions);
  const {
    TENANTRY_TASK_QUEUE: taskQueue = defaultTaskQueue(fleet.name),
    TENANTRY_BUILD_ID: id,
    TENANTRY_DEPLOYMENT: deployment,
  } = configuration;
  const worker = await createTenantryWorker({
    connection,
    namespace,
    taskQueue,
    build: id === undefined ? undefined : { id, deployment },
    sealKeys: configuration.TENANTRY_SEAL_KEY,
    dependencies: { fleet, neon, catalog, exportDir: configuration.TENANTRY_EXPORT_DIR },
    slots,
    neonCallsPerSecond: configuration.TENANTRY_NEON_CALLS_PER_SECOND,
    shutdownGraceMs: configuration.TENANTRY_SHUTDOWN_GRACE_SECONDS * 1000,
    stickyTimeoutMs: configuration.TENANTRY_STICKY_TIMEOUT_MS,
    workflowBundle: configuration.TENANTRY_WORKFLOW_BUNDLE,
    ...userCode,
  });
  const dataConverter = clientDataConverter({ sealKeys: configuration.TENANTRY_SEAL_KEY, namespace, fleet });
  await installSweep(new Client({ connection, namespace, dataConverter }), fleet, taskQueue);
  const { TENANTRY_HEALTH_PORT: port, TENANTRY_LISTEN_HOST: host } = configuration;
  const check = async () => {
    if (!worker.isRunning()) throw new Error('the worker is stopping');
    await catalog.installation();
  };
  const health =
    port === undefined ? undefined : await serveHealth({ host, port, check }).catch(notListening);
  await warnOfMissingPlans(log, configuration.TENANTRY_CATALOG_URL, fleet);
  log.info({ fleet: fleet.name, taskQueue, build: id, neon: neon.host }, 'worker started');
  return {
    ...worker,
    async run() {
      try {
        await worker.run();
      } finally {
        health?.close();
        await connection.close();
        await catalog.close();
      }
    },
  };
}

/** Throws `EnvironmentError` for a key that leads to another organization than the installation's projects are in. */
async function refuseForeignKey(catalog: Catalog, neon: NeonClient): Promise<void> {
  const owner = await ownerOfProjects(neon);
  const noted = await catalog.ownerOfProjects(owner);
  if (noted === owner) return;
  await catalog.close();
  throw new EnvironmentError([
    `NEON_API_KEY and NEON_ORG_ID lead to ${owner} at Neon, and the projects of this installation are in ${noted}: a key of another organization sees none of them, and would take them for deleted. Use a key of ${noted}, or another catalog.`,
  ]);
}

function notListening(error: unknown): never {
  const problem = listenProblem(error);
  if (problem === undefined) throw error;
  throw new EnvironmentError([
    `TENANTRY_HEALTH_PORT cannot be listened at on TENANTRY_LISTEN_HOST: ${problem}`,
  ]);
}
