import { existsSync } from 'node:fs';
import { chmod, mkdir, rename } from 'node:fs/promises';
import path from 'node:path';
import {
  createCluster,
  giveAllTo,
  type Postgres,
  type SuperuserAccess,
  startCluster,
} from '../postgres/index.js';
import { catalogOwner, catalogSuperuser, ensureCatalogOwner, ensureSuperuser } from './catalog-owner.js';
import { freePort, LOOPBACK } from './free-port.js';
import { keptSecret } from './kept-secret.js';

export interface CatalogServer {
  /** A connection string with a password in it, of a role that owns the catalog's database and is no superuser. */
  readonly url: string;
  /** For tests: many databases on one server. */
  readonly superuser: SuperuserAccess;
  stop(): Promise<void>;
}

/** Starts a Postgres of our own for the catalog, on a free loopback port. Its data is kept in `stateDir`. */
export async function startCatalogServer(postgres: Postgres, stateDir: string): Promise<CatalogServer> {
  const folder = path.join(stateDir, 'catalog');
  await mkdir(folder, { recursive: true });
  await chmod(folder, 0o700);
  await giveAllTo(postgres.runAs, folder);
  const dataDir = path.join(folder, 'cluster');
  const secretFile = path.join(stateDir, 'catalog-superuser.password');
  const ownerPassword = await keptSecret(path.join(stateDir, 'catalog.password'), 'base64url');
  const start = async (access: { readonly superuser: string; readonly password: string }) => {
    const tcpPort = await freePort();
    const cluster = await startCluster({
      postgres,
      dataDir,
      ...access,
      listen: { tcpPort },
      // Tenants whose record is lost are projects that nobody knows: this one is worth its fsyncs.
      durability: 'power',
      logFile: path.join(stateDir, 'catalog.log'),
    });
    return { cluster, tcpPort };
  };

  // A cluster without that secret was made when the catalog's own role was its superuser.
  if (existsSync(dataDir) && !existsSync(secretFile)) {
    const { cluster } = await start({ superuser: catalogOwner, password: ownerPassword });
    const draft = `${secretFile}.new`;
    await ensureSuperuser(cluster, await keptSecret(draft, 'base64url')).finally(() => cluster.stop());
    await rename(draft, secretFile);
  }
  const access = { superuser: catalogSuperuser, password: await keptSecret(secretFile, 'base64url') };
  if (!existsSync(dataDir)) await createCluster({ postgres, dataDir, ...access });
  const { cluster, tcpPort } = await start(access);
  try {
    await ensureCatalogOwner(cluster, ownerPassword);
  } catch (error) {
    await cluster.stop();
    throw error;
  }
  return {
    url: `postgresql://${catalogOwner}:${ownerPassword}@${LOOPBACK}:${tcpPort}/${catalogOwner}`,
    superuser: cluster,
    stop: () => cluster.stop(),
  };
}
