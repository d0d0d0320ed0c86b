import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import type { Profile } from '../emulator/index.js';
import { loadFleet } from '../worker/load-fleet.js';
import { callLog } from './call-log.js';
import { startCatalogServer } from './catalog-server.js';
import { whenEdited } from './edited-files.js';
import { keptPort } from './kept-port.js';
import { keptSecret } from './kept-secret.js';
import { ownProcess, processOf } from './own-process.js';
import { registeredSearchAttributes, searchAttributesOf } from './registered-search-attributes.js';
import type { WorkerState } from './running-stack.js';
import { logFileOf } from './stack-logs.js';
import { superviseWorker } from './supervised-worker.js';
import type { SearchAttributes } from './temporal-flags.js';
import { startTemporalServer } from './temporal-server.js';
import type { Toolchain } from './toolchain/toolchain.js';
import { startWorkerProcess, type WorkerProcess } from './worker-process.js';

export interface StackOptions {
  readonly toolchain: Toolchain;
  /** Everything that the stack keeps lies in here, so a stack that is started again goes on where it was. */
  readonly stateDir: string;
  /** The fleet's file. */
  readonly config: string;
  /** The file of the user's own worker; `false` for a stack without any. @default Tenantry's own worker */
  readonly worker?: string | false | undefined;
  /** What is provided already; the rest is embedded. See {@link embeddable}. */
  readonly environment?: NodeJS.ProcessEnv;
  /** What a worker is told besides. @default the environment of this process */
  readonly inherited?: NodeJS.ProcessEnv;
  /** The emulator's clock. @default realistic */
  readonly profile?: Profile;
  /** Where Temporal's web UI answers at first, if that port is free; it stays where it was last. @default a free one at each start */
  readonly uiPort?: number;
  /** Is told what is being started. */
  readonly report?: (what: string) => void;
  /**
   * Is given each change of the worker's state. With it, a worker that dies is started again, and one takes its place once
   * the fleet's file or its own was edited. @default neither
   */
  readonly onWorker?: (state: WorkerState) => void;
}

/** A part that serves when its variable is not set. */
export const embeddable = {
  temporal: 'TEMPORAL_ADDRESS',
  catalog: 'TENANTRY_CATALOG_URL',
  neon: 'NEON_API_KEY',
} as const;

export interface Stack {
  /** What a worker and a client need to be told, the embedded parts' share of it. It holds secrets. */
  readonly environment: Readonly<Record<string, string>>;
  /** Temporal's web UI, when Temporal is embedded. */
  readonly uiUrl: string | undefined;
  /** The emulator's control API, when it is embedded. */
  readonly emulatorControlUrl: string | undefined;
  /** None in a stack without. */
  readonly worker: WorkerProcess | undefined;
  /** Starts another worker, in place of one that was killed. */
  startWorker(): Promise<WorkerProcess>;
  stop(): Promise<void>;
}

/** Starts the whole stack on loopback and free ports, for as long as this process lives. */
export async function startStack(options: StackOptions): Promise<Stack> {
  const { toolchain, stateDir, environment: given = {}, report = () => {} } = options;
  await mkdir(stateDir, { recursive: true, mode: 0o711 });
  const stops: (() => Promise<void>)[] = [];
  const stop = async () => {
    const failed: unknown[] = [];
    // One that does not stop keeps no other one up.
    for (const each of stops.splice(0).reverse()) await each().catch((error) => failed.push(error));
    if (failed.length > 0) throw failed[0];
  };
  const embeds = (part: keyof typeof embeddable) => !given[embeddable[part]];

  const startTemporal = async () => {
    if (!embeds('temporal')) return undefined;
    report('Temporal');
    const server = await startTemporalServer({
      binary: toolchain.temporal,
      stateDir: path.join(stateDir, 'temporal'),
      searchAttributes: await fleetSearchAttributes(options.config),
      ...(options.uiPort !== undefined && {
        uiPort: await keptPort(path.join(stateDir, 'ui-port'), options.uiPort),
      }),
    });
    stops.push(() => server.stop());
    return server;
  };
  const startCatalog = async () => {
    if (!embeds('catalog')) return undefined;
    report('Postgres for the catalog');
    const server = await startCatalogServer(toolchain.catalogPostgres, stateDir);
    stops.push(() => server.stop());
    return server;
  };
  const startEmulator = async () => {
    if (!embeds('neon')) return undefined;
    report("the emulator of Neon's API");
    const log = callLog(logFileOf(stateDir, 'emulator'));
    stops.push(async () => log.close());
    // Loaded only here: who works with Neon itself needs none of its packages.
    const { startNeonEmulator } = await import('../emulator/index.js');
    const emulator = await startNeonEmulator({
      dataDir: path.join(stateDir, 'neon'),
      postgres: toolchain.postgres,
      profile: options.profile ?? 'realistic',
      onCall: log.write,
    });
    stops.push(() => emulator.stop());
    return emulator;
  };

  try {
    const starting = [startTemporal(), startCatalog(), startEmulator()] as const;
    // For all, also when one fails: none may start behind the back of whoever cleans up.
    await Promise.allSettled(starting);
    const [temporal, catalog, emulator] = await Promise.all(starting);
    const environment: Record<string, string> = {
      TENANTRY_CONFIG: options.config,
      // pg_dump and pg_restore of the same release as the servers; another one may be first on the PATH.
      TENANTRY_POSTGRES_BIN: toolchain.postgres.binDir,
      ...(given.TENANTRY_EXPORT_DIR ? {} : { TENANTRY_EXPORT_DIR: path.join(stateDir, 'exports') }),
      ...(temporal && { TEMPORAL_ADDRESS: temporal.address }),
      ...(catalog && { TENANTRY_CATALOG_URL: catalog.url }),
      ...(given.TENANTRY_SEAL_KEY
        ? {}
        : { TENANTRY_SEAL_KEY: `local:${await keptSecret(path.join(stateDir, 'seal.key'), 'base64')}` }),
      ...(emulator && {
        NEON_API_KEY: emulator.apiKey,
        NEON_ORG_ID: emulator.orgId,
        NEON_API_HOST: emulator.url,
      }),
    };
    const startWorker = async () => {
      report(options.worker ? `your worker, ${path.basename(options.worker)}` : 'a worker');
      const node = options.worker ? processOf(options.worker) : ownProcess('worker/main');
      const worker = await startWorkerProcess(
        environment,
        logFileOf(stateDir, 'worker'),
        options.inherited,
        node,
      );
      stops.push(() => worker.stop());
      return worker;
    };
    const worker = options.worker === false ? undefined : await startWorker();
    if (worker !== undefined && options.onWorker) {
      const supervision = superviseWorker(worker, { start: startWorker, onChange: options.onWorker });
      stops.push(() => supervision.stop());
      const files = options.worker ? [options.config, options.worker] : [options.config];
      const unwatch = whenEdited(files, () => supervision.replace());
      stops.push(async () => unwatch());
    }
    return {
      environment,
      uiUrl: temporal?.uiUrl,
      emulatorControlUrl: emulator?.controlUrl,
      worker,
      startWorker,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Of a fleet's file that cannot be read, the worker tells. */
async function fleetSearchAttributes(config: string): Promise<SearchAttributes> {
  try {
    return searchAttributesOf((await loadFleet(config)).searchAttributes);
  } catch {
    return registeredSearchAttributes;
  }
}
