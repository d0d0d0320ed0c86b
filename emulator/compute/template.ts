import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import {
  asSuperuser,
  controlData,
  createCluster,
  giveAllTo,
  type Postgres,
  startCluster,
  writeNew,
} from '../../postgres/index.js';
import { newSuperuserPassword } from '../state/ids.js';
import { trustedExtensions } from './trusted-extensions.js';

export const superuser = 'cloud_admin';
/** What every role that the API makes is a member of. Nobody logs in as it. */
export const group = 'neon_superuser';

/** What is in every cluster before the first tenant: the roles Neon's databases come with. */
const birthright = `
  CREATE ROLE ${group} NOLOGIN CREATEDB CREATEROLE REPLICATION BYPASSRLS;
  GRANT pg_read_all_data, pg_write_all_data, pg_monitor, pg_signal_backend, pg_create_subscription
    TO ${group} WITH ADMIN OPTION;
  REVOKE CONNECT ON DATABASE postgres, template1 FROM PUBLIC;
  GRANT CONNECT ON DATABASE postgres, template1 TO ${group};
`;

/** A compute writes little, and what it keeps of its log is on disk for each project. */
export const smallLog = { min_wal_size: '2MB' } as const;

export interface ClusterRoom {
  /** Owned by the user Postgres runs as; one data directory for each branch, and the template. */
  readonly folder: string;
  readonly template: string;
  readonly password: string;
  readonly extensionControlPath: string;
}

/** Makes the folder of all clusters and the template they are copied from, once for a data directory. */
export async function clusterRoom(dataDir: string, postgres: Postgres): Promise<ClusterRoom> {
  const folder = join(dataDir, 'clusters');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  chmodSync(folder, 0o700);
  await giveAllTo(postgres.runAs, folder);
  const password = keptPassword(join(dataDir, 'superuser.password'));
  const template = join(folder, 'template');
  if (!existsSync(`${template}.done`)) {
    if (!existsSync(template)) await createCluster({ postgres, dataDir: template, superuser, password });
    const cluster = await startCluster({
      postgres,
      dataDir: template,
      superuser,
      password,
      settings: smallLog,
    });
    try {
      await asSuperuser(cluster, 'postgres', async (client) => {
        const { rowCount } = await client.query(`SELECT FROM pg_roles WHERE rolname = '${group}'`);
        if (rowCount === 0) await client.query(birthright);
      });
    } finally {
      await cluster.stop();
    }
    await dropUnusedLog(postgres, template);
    writeNew(`${template}.done`, '');
  }
  // It may be a link: several emulators can share one.
  const lies = realpathSync(template);
  const extensionControlPath = trustedExtensions(join(folder, 'trusted'), postgres);
  return { folder, template: lies, password, extensionControlPath };
}

/** Postgres makes files of its log ahead, each a megabyte that every copy would have. Stopped, it needs the one that it ended in. */
async function dropUnusedLog(postgres: Postgres, stopped: string): Promise<void> {
  const { redoSegment } = await controlData(postgres, stopped);
  const log = join(stopped, 'pg_wal');
  for (const name of readdirSync(log))
    if (/^[0-9A-F]{24}$/.test(name) && name > redoSegment) rmSync(join(log, name));
}

function keptPassword(file: string): string {
  if (!existsSync(file)) writeFileSync(file, newSuperuserPassword(), { mode: 0o600 });
  return readFileSync(file, 'utf8');
}
