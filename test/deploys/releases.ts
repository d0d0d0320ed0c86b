import { inject } from 'vitest';
import { parseSealKeys } from '../../catalog/seal.js';
import { TenantryClient } from '../../client/index.js';
import { defineFleet, type Fleet, type FleetDefinition } from '../../tenancy/fleet.js';
import { createTenantryWorker, type UserCode } from '../../worker/create-worker.js';
import { connectWorker } from '../support/native-connection.js';
import { quietRuntime } from '../support/quiet-runtime.js';
import { quickTimings, type TestTenantry } from '../support/tenantry.js';

/** The fleet of another release than the test's own. */
export function releaseOf({ fleet }: TestTenantry, change: Partial<FleetDefinition>): Fleet {
  const { name, plans, defaultPlan, migrations, appRole } = fleet;
  return defineFleet({ name, plans, defaultPlan, migrations, appRole, timings: quickTimings, ...change });
}

/** A worker of that release, in this process. */
export async function startWorkerOf(
  t: TestTenantry,
  fleet: Fleet,
  { activities = {}, buildId }: Pick<UserCode, 'activities'> & { readonly buildId?: string } = {},
): Promise<{ readonly stop: () => Promise<void> }> {
  quietRuntime();
  const { environment, taskQueue, catalog, neon } = t;
  const { native: connection, release } = await connectWorker(environment.TEMPORAL_ADDRESS ?? '');
  const worker = await createTenantryWorker({
    connection,
    namespace: 'default',
    taskQueue,
    sealKeys: parseSealKeys(environment.TENANTRY_SEAL_KEY ?? ''),
    dependencies: { fleet, catalog, neon },
    neonCallsPerSecond: 500,
    consumptionCallsPerMinute: 30_000,
    shutdownGraceMs: 5_000,
    stickyTimeoutMs: 500,
    inThisThread: true,
    workflowBundle: inject('ground').workflowBundle,
    activities,
    ...(buildId === undefined ? {} : { build: { id: buildId } }),
  });
  const ended = worker.run();
  let stopped: Promise<void> | undefined;
  const stop = async () => {
    worker.shutdown();
    await ended;
    await release();
  };
  return {
    // A test may stop one before all are.
    stop: () => {
      stopped ??= stop();
      return stopped;
    },
  };
}

/** A client of that release. */
export function clientOf({ temporal, catalog, taskQueue }: TestTenantry, fleet: Fleet): TenantryClient {
  return new TenantryClient({ fleet, temporal, catalog, taskQueue });
}
