import { randomBytes } from 'node:crypto';
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { inject } from 'vitest';
import { type Catalog, openCatalog } from '../../catalog/catalog.js';
import { parseSealKeys } from '../../catalog/seal.js';
import { TenantryClient } from '../../client/index.js';
import type { NeonEmulatorOptions } from '../../emulator/index.js';
import { createNeonClient, type NeonClient } from '../../neon/neon-client.js';
import { clientDataConverter } from '../../payloads/data-converter.js';
import { defineFleet, type Fleet, type FleetDefinition } from '../../tenancy/fleet.js';
import {
  backUpScheduleId,
  drillScheduleId,
  meterScheduleId,
  reconcileScheduleId,
  sweepScheduleId,
} from '../../tenancy/naming.js';
import {
  createTenantryWorker,
  type TenantryWorker,
  type TenantryWorkerOptions,
} from '../../worker/create-worker.js';
import type { BackedUp, BackUpRun } from '../../workflows/back-up.js';
import type { MeterRead, MeterRun } from '../../workflows/meter.js';
import type { SweepInput, Swept } from '../../workflows/sweep.js';
import { migratedCatalog } from './catalog-database.js';
import { startTestEmulator, type TestEmulator } from './emulator.js';
import { connectWorker } from './native-connection.js';
import { quietRuntime } from './quiet-runtime.js';
import { scratchFolder } from './scratch-folder.js';
import { withClient } from './sql.js';

/** What a worker in a process of its own installs. */
const ownSchedules = [
  sweepScheduleId,
  reconcileScheduleId,
  meterScheduleId,
  backUpScheduleId,
  drillScheduleId,
];

/** Production's durations, in test time. */
export const quickTimings = {
  neonCall: 2_000,
  neonLocked: 50,
  operationPoll: 20,
  failedOperationGrace: 300,
  createGrace: 500,
  retry: 20,
  databaseDeadline: 10_000,
  heartbeat: 1_000,
  shortStep: 3_000,
  workflowTask: 1_000,
  // A worker in a process of its own installs it, and nothing of a test is to happen because a minute has passed.
  sweep: 3_600_000,
  // The same: ten years.
  reconcile: 315_360_000_000,
  meter: 3_600_000,
  backUp: 3_600_000,
} satisfies FleetDefinition['timings'];

export interface TestTenantry {
  readonly tenantry: TenantryClient;
  readonly fleet: Fleet;
  readonly temporal: Client;
  readonly catalog: Catalog;
  readonly emulator: TestEmulator;
  /** Neon's API as the worker has it. */
  readonly neon: NeonClient;
  /** What a worker or a command in a process of its own needs to be told. */
  readonly environment: Readonly<Record<string, string>>;
  /** A folder of the test's own. */
  readonly folder: string;
  /** Where its workers write exports. */
  readonly exportDir: string;
  readonly taskQueue: string;
  /** Writes a migration of the fleet's. */
  writeMigration(file: string, content: string | Uint8Array): Promise<void>;
  /** Removes all of them. */
  removeMigrations(): Promise<void>;
  /** A worker in this process; `stop` stops it too. */
  startWorker(options?: Partial<TenantryWorkerOptions>): Promise<TenantryWorker>;
  /** What the fleet's schedule does again and again: sees to what is due. */
  sweep(): Promise<Swept>;
  /** Takes the backups that are due, as another schedule of the fleet does. */
  backUp(): Promise<BackedUp>;
  /** Reads what tenants have used, as the other schedule of the fleet does; all of them, whenever that was done last. */
  meter(): Promise<MeterRead>;
  stop(): Promise<void>;
}

interface Options {
  readonly fleet?: Partial<Omit<FleetDefinition, 'migrations'>>;
  readonly emulator?: Partial<NeonEmulatorOptions>;
  /** Where Neon's API answers instead of the emulator, such as in front of it. */
  readonly neonHost?: (emulator: TestEmulator) => Promise<string>;
  /** A Temporal server of the test's own. @default the one that all tests share */
  readonly temporalAddress?: string;
  /** A Postgres of the test's own for its catalog, as a role that may make databases. @default the one that all tests share */
  readonly catalogServerUrl?: string;
}

const sealKey = `test:${randomBytes(32).toString('base64')}`;

export const freePlan = { region: 'aws-us-east-1', compute: { maxCu: 0.25 } } as const;

/** An installation of a test's own: emulator, catalog, fleet and queue, on the servers that all tests share. */
export async function startTenantry(options: Options = {}): Promise<TestTenantry> {
  const ground = inject('ground');
  const { temporalAddress = ground.temporalAddress, catalogServerUrl = ground.catalogServerUrl } = options;
  const scratch = scratchFolder('tenantry-case-');
  const name = `t${randomBytes(5).toString('hex')}`;
  const migrations = path.join(scratch.path, 'migrations');
  await mkdir(migrations);

  const definition: FleetDefinition = {
    name,
    plans: { free: freePlan, pro: { ...freePlan, compute: { maxCu: 2 } } },
    defaultPlan: 'free',
    // Many tests have the application make tables.
    appRole: { ownSchema: 'own' },
    timings: quickTimings,
    ...options.fleet,
    migrations,
  };
  const fleet = defineFleet(definition);
  const catalogUrl = await migratedCatalog(catalogServerUrl, name);
  const sealKeys = parseSealKeys(sealKey);
  const catalog = openCatalog({
    url: catalogUrl,
    sealKeys,
    secrets: fleet.secrets,
    connections: 4,
  });
  const emulator = await startTestEmulator(ground, scratch.path, options.emulator);
  const connection = await Connection.connect({ address: temporalAddress });
  const temporal = new Client({
    connection,
    dataConverter: clientDataConverter({ sealKeys, namespace: 'default', fleet }),
  });
  const config = path.join(scratch.path, 'tenantry.config.mjs');
  const exportDir = path.join(scratch.path, 'exports');
  // Where a worker in this process finds pg_dump.
  process.env.TENANTRY_POSTGRES_BIN = ground.toolchain.postgres.binDir;
  // A store of secrets cannot be written down: a process of its own would need to make one.
  await writeFile(config, `export default ${JSON.stringify({ ...definition, secrets: undefined })};\n`);

  const neon = createNeonClient({
    apiKey: emulator.apiKey,
    host: (await options.neonHost?.(emulator)) ?? emulator.url,
    orgId: emulator.orgId,
    timeoutMs: fleet.timings.neonCall,
    lockedWaitMs: fleet.timings.neonLocked,
  });
  const stops: (() => Promise<void>)[] = [];
  return {
    tenantry: new TenantryClient({ fleet, temporal, catalog, taskQueue: name }),
    fleet,
    temporal,
    catalog,
    emulator,
    neon,
    folder: scratch.path,
    exportDir,
    taskQueue: name,
    environment: {
      NEON_API_KEY: emulator.apiKey,
      NEON_ORG_ID: emulator.orgId,
      NEON_API_HOST: emulator.url,
      TENANTRY_CATALOG_URL: catalogUrl,
      TENANTRY_SEAL_KEY: sealKey,
      TENANTRY_TASK_QUEUE: name,
      TENANTRY_CONFIG: config,
      TENANTRY_POSTGRES_BIN: ground.toolchain.postgres.binDir,
      TENANTRY_EXPORT_DIR: exportDir,
      TENANTRY_WORKFLOW_BUNDLE: ground.workflowBundle,
      TENANTRY_STICKY_TIMEOUT_MS: '500',
      TENANTRY_NEON_CALLS_PER_SECOND: '500',
      TENANTRY_CONSUMPTION_CALLS_PER_MINUTE: '30000',
      TEMPORAL_ADDRESS: temporalAddress,
    },
    writeMigration: (file, content) => writeFile(path.join(migrations, file), content),
    async removeMigrations() {
      for (const file of await readdir(migrations)) await rm(path.join(migrations, file));
    },
    async startWorker(options = {}) {
      quietRuntime();
      const { native, release } = await connectWorker(temporalAddress);
      const worker = await createTenantryWorker({
        connection: native,
        namespace: 'default',
        taskQueue: name,
        sealKeys,
        dependencies: { fleet, catalog, neon, exportDir },
        neonCallsPerSecond: 500,
        consumptionCallsPerMinute: 30_000,
        shutdownGraceMs: 5_000,
        stickyTimeoutMs: 500,
        // A thread of its own costs a third of a test's set-up. Workers in processes of their own have it.
        inThisThread: true,
        workflowBundle: options.workflowsPath === undefined ? ground.workflowBundle : undefined,
        ...options,
      }).catch(async (error: unknown) => {
        await release();
        throw error;
      });
      const ended = worker.run();
      stops.push(async () => {
        worker.shutdown();
        await ended;
        await release();
      });
      return worker;
    },
    sweep: () =>
      temporal.workflow.execute<(input: SweepInput) => Promise<Swept>>('sweep', {
        workflowId: `${sweepScheduleId(name)}-${randomBytes(5).toString('hex')}`,
        taskQueue: name,
        args: [{ fleet: name, timings: fleet.timings }],
      }),
    backUp: () =>
      temporal.workflow.execute<(input: BackUpRun) => Promise<BackedUp>>('backUp', {
        workflowId: `${backUpScheduleId(name)}-${randomBytes(5).toString('hex')}`,
        taskQueue: name,
        args: [{ fleet: name, timings: fleet.timings }],
      }),
    async meter() {
      await withClient(catalogUrl, (client) =>
        client.query('update tenantry.usage_projects set due_at = now() where due_at is not null'),
      );
      return temporal.workflow.execute<(input: MeterRun) => Promise<MeterRead>>('meter', {
        workflowId: `${meterScheduleId(name)}-${randomBytes(5).toString('hex')}`,
        taskQueue: name,
        args: [{ fleet: name, timings: fleet.timings }],
      });
    },
    async stop() {
      // A worker in a process of its own has installed it.
      for (const scheduleIdOf of ownSchedules)
        await temporal.schedule
          .getHandle(scheduleIdOf(name))
          .delete()
          .catch(() => {});
      for (const stop of stops.splice(0)) await stop();
      await Promise.all([connection.close(), catalog.close(), emulator.stop()]);
      scratch.remove();
    },
  };
}
