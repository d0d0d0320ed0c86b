import { existsSync, readFileSync, statSync } from 'node:fs';
import { chmod, chown, mkdir } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, inject, it, onTestFinished } from 'vitest';
import { migrateCatalog } from '../../catalog/migrate.js';
import { startNeonEmulator } from '../../emulator/index.js';
import { type CatalogServer, startCatalogServer } from '../../local/catalog-server.js';
import { freePort } from '../../local/free-port.js';
import { keptSecret } from '../../local/kept-secret.js';
import { postgresUsers } from '../../local/postgres-user.js';
import { createCluster, type RunAs, startCluster } from '../../postgres/index.js';
import { scratchFolder } from '../support/scratch-folder.js';
import { withClient } from '../support/sql.js';

const isRoot = process.getuid?.() === 0;
const { toolchain } = inject('ground');

function stateFolder(): string {
  const scratch = scratchFolder('tenantry-catalog-');
  onTestFinished(() => scratch.remove());
  return scratch.path;
}

/** For as long as the work lasts. */
async function withServer<T>(stateDir: string, work: (server: CatalogServer) => Promise<T>): Promise<T> {
  const server = await startCatalogServer(toolchain.catalogPostgres, stateDir);
  try {
    return await work(server);
  } finally {
    await server.stop();
  }
}

const powers = `SELECT rolsuper OR rolcreaterole OR rolcreatedb OR rolreplication OR rolbypassrls AS any,
  pg_get_userbyid(datdba) = current_user AS owns FROM pg_roles, pg_database
  WHERE rolname = current_user AND datname = current_database()`;

const noShell = async (url: string) => {
  for (const statement of ["COPY (SELECT 1) TO PROGRAM 'true'", "SELECT pg_read_file('/etc/passwd')"])
    await expect(withClient(url, (client) => client.query(statement))).rejects.toMatchObject({
      code: '42501',
    });
};

describe('the catalog’s own Postgres', () => {
  it('is given to a role that owns its database and can do nothing beyond', async () => {
    await withServer(stateFolder(), async ({ url }) => {
      await migrateCatalog(url);
      expect((await withClient(url, (client) => client.query(powers))).rows).toEqual([
        { any: false, owns: true },
      ]);
      await noShell(url);
    });
  });

  it('keeps what was in one that belonged to its superuser', async () => {
    const stateDir = stateFolder();
    await makeAsBefore(stateDir);
    await withServer(stateDir, async ({ url }) => {
      await withClient(url, async (client) => {
        expect((await client.query(powers)).rows).toEqual([{ any: false, owns: true }]);
        const kept = await client.query('SELECT * FROM tenantry.installation');
        expect(kept.rows).toHaveLength(1);
        await client.query('ALTER TABLE tenantry.tenants ADD COLUMN of_a_later_migration int');
        await client.query('INSERT INTO noted (what) VALUES ($1)', ['after']);
      });
      await migrateCatalog(url);
      await noShell(url);
    });
    await withServer(stateDir, ({ url }) =>
      withClient(url, async (client) => {
        const noted = await client.query('SELECT what FROM noted ORDER BY id');
        expect(noted.rows).toEqual([{ what: 'before' }, { what: 'after' }]);
      }),
    );
  });

  it('has another superuser, another password and another socket than the Postgres of tenants', async () => {
    const stateDir = stateFolder();
    const dataDir = path.join(stateDir, 'neon');
    await withServer(stateDir, async ({ superuser, url }) => {
      const emulator = await startNeonEmulator({ dataDir, postgres: toolchain.postgres });
      onTestFinished(() => emulator.stop());
      const tenants = readFileSync(path.join(dataDir, 'superuser.password'), 'utf8');
      expect(new Set([tenants, superuser.password, new URL(url).password]).size).toBe(3);
      const { mode, uid } = statSync(superuser.address.host);
      expect(mode & 0o777).toBe(0o700);
      expect(uid).toBe(toolchain.catalogPostgres.runAs?.uid ?? process.getuid?.());
      for (const secret of ['catalog.password', 'catalog-superuser.password'])
        expect(statSync(path.join(stateDir, secret)).mode & 0o777).toBe(0o600);
    });
  });

  it.runIf(isRoot)('runs as another user than that of tenants, who may not enter its folder', async () => {
    const users = await twoUsers();
    expect(toolchain.catalogPostgres.runAs).toEqual(users.catalog);
    expect(toolchain.postgres.runAs).toEqual(users.tenants);
    const stateDir = stateFolder();
    await withServer(stateDir, async () => {
      const { uid, mode } = statSync(path.join(stateDir, 'catalog'));
      expect({ uid, mode: mode & 0o777 }).toEqual({ uid: users.catalog.uid, mode: 0o700 });
    });
  });

  it.runIf(isRoot)('takes over what another user had, and so does the emulator', async () => {
    const users = await twoUsers();
    const stateDir = stateFolder();
    const swapped = { binDir: toolchain.postgres.binDir, runAs: users.tenants };
    await (await startCatalogServer(swapped, stateDir)).stop();
    await withServer(stateDir, ({ url }) => withClient(url, (client) => client.query('SELECT 1')));

    const dataDir = path.join(stateDir, 'neon');
    const former = { binDir: toolchain.postgres.binDir, runAs: users.catalog };
    await (await startNeonEmulator({ dataDir, postgres: former })).stop();
    const emulator = await startNeonEmulator({ dataDir, postgres: toolchain.postgres });
    onTestFinished(() => emulator.stop());
    const created = await fetch(`${emulator.url}/projects`, {
      method: 'POST',
      headers: { authorization: `Bearer ${emulator.apiKey}`, 'content-type': 'application/json' },
      body: '{"project":{}}',
    });
    const { connection_uris } = (await created.json()) as { connection_uris: [{ connection_uri: string }] };
    await withClient(connection_uris[0].connection_uri, (client) => client.query('SELECT 1'));
  });
});

/** As the catalog was made when the role in its URL was the superuser, with its tables in the database `postgres`. */
async function makeAsBefore(stateDir: string): Promise<void> {
  const { catalogPostgres: postgres } = toolchain;
  const folder = path.join(stateDir, 'catalog');
  await mkdir(folder);
  await chmod(folder, 0o700);
  if (postgres.runAs) await chown(folder, postgres.runAs.uid, postgres.runAs.gid);
  const dataDir = path.join(folder, 'cluster');
  const access = {
    superuser: 'tenantry',
    password: await keptSecret(path.join(stateDir, 'catalog.password'), 'base64url'),
  };
  await createCluster({ postgres, dataDir, ...access });
  const listen = { tcpPort: await freePort() };
  const cluster = await startCluster({ postgres, dataDir, ...access, listen });
  const url = `postgresql://tenantry:${access.password}@127.0.0.1:${listen.tcpPort}/postgres`;
  try {
    await migrateCatalog(url);
    await withClient(url, (client) =>
      client.query(`CREATE TABLE noted (id serial, what text); INSERT INTO noted (what) VALUES ('before')`),
    );
  } finally {
    await cluster.stop();
  }
  expect(existsSync(path.join(stateDir, 'catalog-superuser.password'))).toBe(false);
}

async function twoUsers(): Promise<{ readonly catalog: RunAs; readonly tenants: RunAs }> {
  const users = await postgresUsers();
  if (users === undefined) throw new Error('Root has users to drop to.');
  return users;
}
