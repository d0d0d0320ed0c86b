import { loadClientConnectConfig } from '@temporalio/envconfig';
import { NativeConnection } from '@temporalio/worker';
import { openCatalog } from '../catalog/catalog.js';
import { migrateCatalog } from '../catalog/migrate.js';
import { accessProblem } from '../neon/access.js';
import { createNeonClient } from '../neon/neon-client.js';
import { EnvironmentError } from '../tenancy/environment.js';
import { readWorkerConfiguration } from './configuration.js';
import { createTenantryWorker } from './create-worker.js';
import { serveHealth } from './health.js';
import { FleetFileError, loadFleet } from './load-fleet.js';
import { installRuntime } from './runtime.js';

/** The worker as a process: reads its environment, checks what it needs, works until it is told to stop. */
async function main(): Promise<void> {
  const configuration = readWorkerConfiguration(process.env);
  const fleet = await loadFleet(configuration.TENANTRY_CONFIG);
  const neon = createNeonClient({
    apiKey: configuration.NEON_API_KEY,
    host: configuration.NEON_API_HOST,
    timeoutMs: fleet.timings.neonCall,
    ...(configuration.NEON_ORG_ID === undefined ? {} : { orgId: configuration.NEON_ORG_ID }),
  });
  const problem = await accessProblem(neon);
  if (problem !== undefined) throw new EnvironmentError([problem]);

  const log = installRuntime(configuration);
  await migrateCatalog(configuration.TENANTRY_CATALOG_URL);
  const catalog = openCatalog({
    url: configuration.TENANTRY_CATALOG_URL,
    sealKeys: configuration.TENANTRY_SEAL_KEY,
  });
  const { connectionOptions, namespace = 'default' } = loadClientConnectConfig();
  const connection = await NativeConnection.connect(connectionOptions);
  const worker = await createTenantryWorker({
    connection,
    namespace,
    taskQueue: configuration.TENANTRY_TASK_QUEUE,
    dependencies: { fleet, neon, catalog },
    neonCallsPerSecond: configuration.TENANTRY_NEON_CALLS_PER_SECOND,
    shutdownGraceMs: configuration.TENANTRY_SHUTDOWN_GRACE_SECONDS * 1000,
    stickyTimeoutMs: configuration.TENANTRY_STICKY_TIMEOUT_MS,
    workflowBundle: configuration.TENANTRY_WORKFLOW_BUNDLE,
  });
  const { TENANTRY_HEALTH_PORT: healthPort, TENANTRY_LISTEN_HOST: host } = configuration;
  const health =
    healthPort === undefined
      ? undefined
      : await serveHealth({
          host,
          port: healthPort,
          async check() {
            if (!worker.isRunning()) throw new Error('the worker is stopping');
            await catalog.installation();
          },
        });

  log.info(
    { fleet: fleet.name, taskQueue: configuration.TENANTRY_TASK_QUEUE, neon: neon.host },
    'worker started',
  );
  try {
    // Temporal's runtime hears SIGTERM and SIGINT, and lets work in hand come to its end.
    await worker.run();
  } finally {
    health?.close();
    await connection.close();
    await catalog.close();
  }
}

main().catch((error: unknown) => {
  // What a person can mend is told in a sentence; anything else with its stack.
  const expected = error instanceof EnvironmentError || error instanceof FleetFileError;
  console.error(error instanceof Error ? (expected ? error.message : error.stack) : String(error));
  // At once: a connection that is open would keep a worker alive that does no work.
  process.exit(1);
});
