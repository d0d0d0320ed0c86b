import { randomBytes } from 'node:crypto';
import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { z } from 'zod';
import { migrateCatalog } from '../../catalog/migrate.js';
import { type ConnectedTenantry, connectTenantry } from '../../client/connect.js';
import { catalogOwner, ensureCatalogOwner } from '../../local/catalog-owner.js';
import { freePort, LOOPBACK } from '../../local/free-port.js';
import { processOf } from '../../local/own-process.js';
import { registeredSearchAttributes } from '../../local/registered-search-attributes.js';
import { checkoutRoot } from '../../local/state-directory.js';
import { startTemporalServer } from '../../local/temporal-server.js';
import { findToolchain } from '../../local/toolchain/toolchain.js';
import { startWorkerProcess } from '../../local/worker-process.js';
import { createCluster, giveAllTo, startCluster } from '../../postgres/index.js';
import { bundleWorkflows } from '../../worker/workflow-bundle.js';
import { emulatorChild } from '../emulator/emulator-child.js';
import fleet from './tenantry.config.js';

const callsReply = z.object({
  calls: z.array(
    z.object({
      time: z.string(),
      method: z.string(),
      path: z.string(),
      route: z.string(),
      status: z.number(),
    }),
  ),
});

/** A call to Neon, as the emulator answered it. */
export type Call = z.infer<typeof callsReply>['calls'][number];

export interface Installation extends Pick<ConnectedTenantry, 'tenantry' | 'temporal' | 'taskQueue'> {
  calls(): Promise<readonly Call[]>;
  forgetCalls(): Promise<void>;
  stop(): Promise<void>;
}

export interface InstallationOptions {
  /** @default 1 */
  readonly workers?: number;
  /** More settings of the workers. */
  readonly settings?: Readonly<Record<string, string>>;
}

/** A machine that others use too may take this long to start a worker. */
const workerStartMs = 180_000;

/** Temporal, a catalog, workers, and the emulator with Neon's durations and limits but without computes. */
export async function startInstallation({
  workers = 1,
  settings = {},
}: InstallationOptions = {}): Promise<Installation> {
  const toolchain = await findToolchain();
  const stateDir = await mkdtemp(path.join(tmpdir(), 'tenantry-budget-'));
  await chmod(stateDir, 0o711);
  const stops: (() => Promise<unknown>)[] = [() => rm(stateDir, { recursive: true, force: true })];
  const stop = async () => {
    for (const each of stops.splice(0).reverse()) await each();
  };
  try {
    const temporal = await startTemporalServer({
      binary: toolchain.temporal,
      stateDir: path.join(stateDir, 'temporal'),
      headless: true,
      searchAttributes: registeredSearchAttributes,
    });
    stops.push(() => temporal.stop());
    const catalogUrl = await startCatalog(stateDir, stops);
    const emulator = await emulatorChild([
      `--data-dir=${path.join(stateDir, 'emulator')}`,
      '--no-compute',
      '--profile=realistic',
    ]);
    stops.push(() => emulator.stop());
    const bundle = path.join(stateDir, 'workflows.js');
    await bundleWorkflows(bundle);
    const environment = {
      NEON_API_KEY: emulator.apiKey,
      NEON_API_HOST: emulator.url,
      TENANTRY_CATALOG_URL: catalogUrl,
      TENANTRY_SEAL_KEY: `bench:${randomBytes(32).toString('base64')}`,
      TENANTRY_CONFIG: `${checkoutRoot}/bench/budget/tenantry.config.ts`,
      TENANTRY_WORKFLOW_BUNDLE: bundle,
      TENANTRY_LOG_LEVEL: 'error',
      TEMPORAL_ADDRESS: temporal.address,
      ...settings,
    };
    for (let n = 0; n < workers; n += 1) {
      const worker = await startWorkerProcess(
        environment,
        path.join(stateDir, `worker-${n}.log`),
        process.env,
        processOf(`${checkoutRoot}/bench/budget/worker.ts`),
        workerStartMs,
      );
      stops.push(() => worker.stop());
    }
    const connected = await connectTenantry(fleet, environment);
    stops.push(() => connected.close());
    return {
      ...connected,
      calls: async () => callsReply.parse(await (await fetch(`${emulator.controlUrl}/calls`)).json()).calls,
      forgetCalls: async () => void (await fetch(`${emulator.controlUrl}/calls`, { method: 'DELETE' })),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function startCatalog(stateDir: string, stops: (() => Promise<unknown>)[]): Promise<string> {
  const { catalogPostgres: postgres } = await findToolchain();
  const tcpPort = await freePort();
  const password = 'catalog-of-a-measurement';
  const superuser = { superuser: 'postgres', password };
  const dataDir = path.join(stateDir, 'catalog', 'cluster');
  await mkdir(path.dirname(dataDir));
  await chmod(path.dirname(dataDir), 0o700);
  await giveAllTo(postgres.runAs, path.dirname(dataDir));
  await createCluster({ postgres, dataDir, ...superuser });
  const cluster = await startCluster({
    postgres,
    dataDir,
    ...superuser,
    listen: { tcpPort },
    durability: 'power',
    logFile: path.join(stateDir, 'catalog.log'),
  });
  stops.push(() => cluster.stop('immediate'));
  await ensureCatalogOwner(cluster, password);
  const url = `postgresql://${catalogOwner}:${password}@${LOOPBACK}:${tcpPort}/${catalogOwner}`;
  await migrateCatalog(url);
  return url;
}
