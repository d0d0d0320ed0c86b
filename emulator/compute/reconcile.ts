import type pg from 'pg';
import { asSuperuser, type Cluster, identifier, literal } from '../../postgres/index.js';
import type { Database, Role } from '../state/records.js';
import type { Desired } from './desired.js';
import { group, superuser } from './template.js';

/**
 * Makes a running cluster match what the API has promised. Every step looks before it acts, so that it can be done
 * again after a crash in the middle. Roles come before the databases they own, and leave after them.
 */
export async function reconcile(cluster: Cluster, { roles, databases }: Desired): Promise<void> {
  await asSuperuser(cluster, 'postgres', async (client) => {
    let rolesChanged = false;
    for (const role of roles.filter(staying)) rolesChanged = (await ensureRole(client, role)) || rolesChanged;
    for (const database of databases.filter(staying)) await ensureDatabase(client, database);
    for (const database of databases.filter(leaving)) await dropDatabase(client, database);
    for (const role of roles.filter(leaving))
      rolesChanged = (await dropRole(cluster, client, role)) || rolesChanged;
    if (rolesChanged) await endSessions(client);
  });
}

const leaving = (record: { readonly deleting?: boolean | undefined }) => record.deleting === true;
const staying = (record: { readonly deleting?: boolean | undefined }) => record.deleting !== true;

async function ensureRole(client: pg.Client, role: Role): Promise<boolean> {
  const known = await client.query<{ rolpassword: string | null }>(
    'SELECT rolpassword FROM pg_authid WHERE rolname = $1',
    [role.name],
  );
  const password = role.verifier === undefined ? 'NULL' : literal(role.verifier);
  const [row] = known.rows;
  if (row === undefined) {
    const login = role.no_login ? 'NOLOGIN' : 'LOGIN';
    await client.query(
      `CREATE ROLE ${identifier(role.name)} ${login} CREATEDB CREATEROLE BYPASSRLS REPLICATION ` +
        `IN ROLE ${group} PASSWORD ${password}`,
    );
    return true;
  }
  if (row.rolpassword === (role.verifier ?? null)) return false;
  await client.query(`ALTER ROLE ${identifier(role.name)} PASSWORD ${password}`);
  return true;
}

async function ensureDatabase(client: pg.Client, database: Database): Promise<void> {
  const name = identifier(database.name);
  const formerName = database.formerName;
  if (formerName !== undefined && (await ownerOf(client, formerName)) !== undefined) {
    await client.query(
      `SELECT pg_catalog.pg_terminate_backend(pid) FROM pg_stat_activity
       WHERE datname = $1 AND pid <> pg_catalog.pg_backend_pid()`,
      [formerName],
    );
    await client.query(`ALTER DATABASE ${identifier(formerName)} RENAME TO ${name}`);
  }
  const owner = await ownerOf(client, database.name);
  if (owner === undefined)
    // Copied as files: page by page it would be 7 MB of log in the history of every project.
    await client.query(`CREATE DATABASE ${name} OWNER ${identifier(database.owner_name)} STRATEGY file_copy`);
  else if (owner !== database.owner_name)
    await client.query(`ALTER DATABASE ${name} OWNER TO ${identifier(database.owner_name)}`);
}

async function ownerOf(client: pg.Client, database: string): Promise<string | undefined> {
  const found = await client.query<{ owner: string }>(
    'SELECT pg_catalog.pg_get_userbyid(datdba) AS owner FROM pg_database WHERE datname = $1',
    [database],
  );
  return found.rows[0]?.owner;
}

async function dropDatabase(client: pg.Client, database: Database): Promise<void> {
  await client.query(`DROP DATABASE IF EXISTS ${identifier(database.name)} WITH (FORCE)`);
}

/**
 * A role cannot leave while it owns anything, so its belongings go to the owner of the database they are in. Never to
 * the superuser: what a function with SECURITY DEFINER does, it does as its owner, for whoever may call it.
 */
async function dropRole(cluster: Cluster, client: pg.Client, role: Role): Promise<boolean> {
  const known = await client.query('SELECT FROM pg_roles WHERE rolname = $1', [role.name]);
  if (known.rowCount === 0) return false;
  const name = identifier(role.name);
  const databases = await client.query<{ datname: string; owner: string }>(
    'SELECT datname, pg_catalog.pg_get_userbyid(datdba) AS owner FROM pg_database WHERE datallowconn',
  );
  for (const { datname, owner } of databases.rows) {
    const heir = owner === role.name || owner === superuser ? group : owner;
    await asSuperuser(cluster, datname, async (inside) => {
      await inside.query(`REASSIGN OWNED BY ${name} TO ${identifier(heir)}; DROP OWNED BY ${name}`);
    });
  }
  await client.query(`DROP ROLE ${name}`);
  return true;
}

/** Neon drops the connections of a compute whose roles change. */
async function endSessions(client: pg.Client): Promise<void> {
  await client.query(
    `SELECT pg_catalog.pg_terminate_backend(pid) FROM pg_stat_activity
     WHERE backend_type = 'client backend' AND usename <> $1 AND pid <> pg_catalog.pg_backend_pid()`,
    [superuser],
  );
}
