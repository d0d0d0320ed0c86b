import { chmod, mkdir } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { migrateCatalog } from '../../catalog/migrate.js';
import { catalogOwner, ensureCatalogOwner } from '../../local/catalog-owner.js';
import { freePort, LOOPBACK } from '../../local/free-port.js';
import { processOf } from '../../local/own-process.js';
import { registeredSearchAttributes } from '../../local/registered-search-attributes.js';
import { checkoutRoot } from '../../local/state-directory.js';
import { startTemporalServer } from '../../local/temporal-server.js';
import type { Toolchain } from '../../local/toolchain/toolchain.js';
import { startWorkerProcess } from '../../local/worker-process.js';
import { type Cluster, createCluster, giveAllTo, startCluster } from '../../postgres/index.js';
import { emulatorChild } from '../emulator/emulator-child.js';

/** A part of the installation that is killed, and starts again on what it had written. */
export interface Killable {
  pid(): number;
  /** SIGKILL, and a new start. Resolves once it answers again. */
  killAndRestart(): Promise<void>;
  stop(): Promise<void>;
}

export const parts = ['worker', 'temporal', 'catalog', 'emulator'] as const;
export type Part = (typeof parts)[number];

export interface Installation extends Readonly<Record<Part, Killable>> {
  /** What a worker and a client need to be told. */
  readonly environment: Readonly<Record<string, string>>;
  readonly temporalAddress: string;
  stop(): Promise<void>;
}

/** How long a part may take to come up again: Postgres refuses while the last process of the old one is still there. */
const restartMs = 60_000;

/** Temporal, a catalog, the emulator without computes and a worker without tenants' databases, each at an address that stays. */
export async function startInstallation(
  toolchain: Toolchain,
  stateDir: string,
  { sealKey, settings }: { readonly sealKey: string; readonly settings: Readonly<Record<string, string>> },
): Promise<Installation> {
  const catalogPort = await freePort();
  const temporalPort = await freePort();
  const emulatorPort = await freePort();
  const password = 'catalog-of-a-measurement';
  const catalogUrl = `postgresql://${catalogOwner}:${password}@${LOOPBACK}:${catalogPort}/${catalogOwner}`;
  const postgres = toolchain.catalogPostgres;
  const dataDir = path.join(stateDir, 'catalog', 'cluster');
  const superuser = { superuser: 'postgres', password };
  await mkdir(path.dirname(dataDir));
  await chmod(path.dirname(dataDir), 0o700);
  await giveAllTo(postgres.runAs, path.dirname(dataDir));
  await createCluster({ postgres, dataDir, ...superuser });

  const catalog = await killable<Cluster>({
    start: () =>
      startCluster({
        postgres,
        dataDir,
        ...superuser,
        listen: { tcpPort: catalogPort },
        durability: 'power',
        logFile: path.join(stateDir, 'catalog.log'),
      }),
    pid: ({ pid }) => pid,
    async kill(cluster) {
      process.kill(cluster.pid, 'SIGKILL');
      await cluster.exited;
    },
    stop: (cluster) => cluster.stop('immediate'),
    async first(cluster) {
      await ensureCatalogOwner(cluster, password);
      await migrateCatalog(catalogUrl);
    },
  });
  const temporal = await killable({
    start: () =>
      startTemporalServer({
        binary: toolchain.temporal,
        stateDir: path.join(stateDir, 'temporal'),
        port: temporalPort,
        headless: true,
        searchAttributes: registeredSearchAttributes,
      }),
    pid: ({ pid }) => pid,
    kill: (server) => server.stop('SIGKILL'),
    stop: (server) => server.stop(),
  });
  const neon = { NEON_API_KEY: '', NEON_API_HOST: '', NEON_ORG_ID: '' };
  const emulator = await killable({
    async start() {
      const child = await emulatorChild([
        `--data-dir=${path.join(stateDir, 'emulator')}`,
        '--no-compute',
        `--port=${emulatorPort}`,
      ]);
      neon.NEON_API_KEY = child.apiKey;
      neon.NEON_API_HOST = child.url;
      neon.NEON_ORG_ID = child.orgId;
      return child;
    },
    pid: ({ pid }) => pid,
    kill: (child) => child.kill(),
    stop: (child) => child.stop(),
  });
  const environment = {
    ...neon,
    TENANTRY_CATALOG_URL: catalogUrl,
    TENANTRY_SEAL_KEY: sealKey,
    TENANTRY_CONFIG: `${checkoutRoot}/bench/fleet/tenantry.config.ts`,
    TEMPORAL_ADDRESS: `${LOOPBACK}:${temporalPort}`,
    ...settings,
  };
  const worker = await killable({
    start: () =>
      startWorkerProcess(
        environment,
        path.join(stateDir, 'worker.log'),
        process.env,
        processOf(`${checkoutRoot}/bench/fleet/worker.ts`),
      ),
    pid: ({ pid }) => pid,
    kill: (child) => child.stop('SIGKILL'),
    stop: (child) => child.stop(),
  });
  return {
    worker,
    temporal,
    catalog,
    emulator,
    environment,
    temporalAddress: environment.TEMPORAL_ADDRESS,
    async stop() {
      for (const each of [worker, emulator, temporal, catalog]) await each.stop();
    },
  };
}

interface Kind<Running> {
  start(): Promise<Running>;
  pid(running: Running): number;
  kill(running: Running): Promise<void>;
  stop(running: Running): Promise<void>;
  first?(running: Running): Promise<void>;
}

async function killable<Running>(part: Kind<Running>): Promise<Killable> {
  let running = await part.start();
  await part.first?.(running);
  return {
    pid: () => part.pid(running),
    async killAndRestart() {
      await part.kill(running);
      const deadline = Date.now() + restartMs;
      for (;;) {
        try {
          running = await part.start();
          return;
        } catch (error) {
          if (Date.now() > deadline) throw error;
          await sleep(200);
        }
      }
    },
    stop: () => part.stop(running),
  };
}
