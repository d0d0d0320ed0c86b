import { mkdtempSync, readFileSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Postgres } from './installation.js';
import { type Exit, type Leash, leash } from './leash.js';
import { endPostmasterOf } from './postmaster.js';
import { giveTo } from './run-as.js';
import { type Durability, durability, type PostgresSettings, settingArguments } from './settings.js';
import { asSuperuser, type SuperuserAccess } from './sql.js';

export interface ClusterOptions {
  readonly postgres: Postgres;
  /** A folder created by {@link createCluster}, or a copy of one. */
  readonly dataDir: string;
  readonly superuser: string;
  readonly password: string;
  /** A loopback port in addition to the socket. @default none */
  readonly listen?: { readonly tcpPort: number };
  readonly durability?: Durability;
  readonly settings?: PostgresSettings;
  /** @default `<dataDir>.log` */
  readonly logFile?: string;
  /** The timeout of a start, including crash recovery. @default 30 000 ms */
  readonly startTimeoutMs?: number;
}

/** A running Postgres. */
export interface Cluster extends SuperuserAccess {
  readonly dataDir: string;
  readonly pid: number;
  readonly exited: Promise<Exit>;
  /** `fast` ends sessions and writes a checkpoint; `immediate` is for data that is no longer needed. */
  stop(mode?: 'fast' | 'immediate'): Promise<void>;
}

const stopSignal = { fast: 'SIGINT', immediate: 'SIGQUIT' } as const;
const socketPort = 5432;

/** A cluster did not start to answer; the message contains the end of its log. */
export class ClusterStartError extends Error {
  override readonly name = 'ClusterStartError';

  constructor(
    dataDir: string,
    /** The complete log since this start. */
    readonly log: string,
    options?: ErrorOptions,
  ) {
    super(`Postgres did not start in ${dataDir}: ${log.trim().split('\n').slice(-5).join('\n')}`, options);
  }
}

/** Starts a cluster, and resolves once it answers a query. @throws {@link ClusterStartError} */
export async function startCluster(options: ClusterOptions): Promise<Cluster> {
  await endPostmasterOf(options.dataDir);
  const logFile = options.logFile ?? `${options.dataDir}.log`;
  // A unix socket's path is limited to some 100 bytes, and a data directory may be deeper than that.
  const socketDir = mkdtempSync(join(tmpdir(), 'pg-'));
  giveTo(options.postgres.runAs, socketDir);
  const logStart = sizeOf(logFile);
  const server = await leash({
    command: join(options.postgres.binDir, 'postgres'),
    args: ['-D', options.dataDir, ...settingArguments(clusterSettings(options, socketDir))],
    cwd: '/',
    logFile,
    runAs: options.postgres.runAs,
    signal: stopSignal.fast,
    scratch: [socketDir],
  });
  const cluster: Cluster = {
    dataDir: options.dataDir,
    superuser: options.superuser,
    password: options.password,
    address: { host: socketDir, port: options.listen?.tcpPort ?? socketPort },
    pid: server.pid,
    exited: server.exited,
    async stop(mode = 'fast') {
      await server.stop(stopSignal[mode]);
    },
  };
  try {
    await answers(cluster, server, options.startTimeoutMs ?? 30_000);
  } catch (error) {
    await server.stop('SIGQUIT');
    const log = readFileSync(logFile).subarray(logStart).toString();
    throw new ClusterStartError(options.dataDir, log, { cause: error });
  }
  return cluster;
}

function clusterSettings(options: ClusterOptions, socketDir: string): PostgresSettings {
  return {
    ...options.settings,
    ...durability[options.durability ?? 'process'],
    unix_socket_directories: socketDir,
    listen_addresses: options.listen === undefined ? '' : '127.0.0.1',
    port: String(options.listen?.tcpPort ?? socketPort),
  };
}

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}

async function answers(cluster: Cluster, server: Leash, timeoutMs: number): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  let exit: Exit | undefined;
  void server.exited.then((how) => {
    exit = how;
  });
  for (let pause = 5; ; pause = Math.min(pause * 1.5, 100)) {
    try {
      return await asSuperuser(cluster, 'postgres', async (client) => void (await client.query('SELECT 1')));
    } catch (error) {
      if (exit !== undefined || Date.now() > deadline) throw error;
      await sleep(pause);
    }
  }
}
