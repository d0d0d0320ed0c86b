import { existsSync } from 'node:fs';
import { chmod, mkdir } from 'node:fs/promises';
import path from 'node:path';
import { createCluster, giveTo, type Postgres, startCluster } from '../emulator/postgres/index.js';
import { freePort, LOOPBACK } from './free-port.js';
import { keptSecret } from './kept-secret.js';

export interface CatalogServer {
  /** A connection string with a password in it. */
  readonly url: string;
  stop(): Promise<void>;
}

const superuser = 'tenantry';

/** Starts a Postgres of our own for the catalog, on a free loopback port. Its data is kept in `stateDir`. */
export async function startCatalogServer(postgres: Postgres, stateDir: string): Promise<CatalogServer> {
  const folder = path.join(stateDir, 'catalog');
  await mkdir(folder, { recursive: true });
  await chmod(folder, 0o700);
  giveTo(postgres.runAs, folder);
  const dataDir = path.join(folder, 'cluster');
  const password = await keptSecret(path.join(stateDir, 'catalog.password'), 'base64url');
  if (!existsSync(dataDir)) await createCluster({ postgres, dataDir, superuser, password });
  const tcpPort = await freePort();
  const cluster = await startCluster({
    postgres,
    dataDir,
    superuser,
    password,
    listen: { tcpPort },
    // Tenants whose record is lost are projects that nobody knows: this one is worth its fsyncs.
    durability: 'power',
    logFile: path.join(stateDir, 'catalog.log'),
  });
  return {
    url: `postgresql://${superuser}:${password}@${LOOPBACK}:${tcpPort}/postgres`,
    stop: () => cluster.stop(),
  };
}
