import { cancellationSignal, log } from '@temporalio/activity';
import type pg from 'pg';
import type { SecretKind } from '../../catalog/schema.js';
import { failure } from '../../tenancy/failures.js';
import { appGroupName } from '../../tenancy/naming.js';
import type { Dependencies } from '../dependencies.js';
import { knownSecret } from '../known-secret.js';
import type { TenantInput } from '../tenant-input.js';
import { ownSchema } from './sql/turn.js';
import { withTenantDatabase } from './tenant-database.js';

/** What the role must not be able to do: conditions that Postgres itself evaluates. */
const faults = {
  'is a superuser': 'r.rolsuper',
  'may create roles': 'r.rolcreaterole',
  'may create databases': 'r.rolcreatedb',
  'may replicate': 'r.rolreplication',
  'bypasses row security': 'r.rolbypassrls',
  'owns a database': `exists (
    select from pg_catalog.pg_database d where pg_catalog.pg_has_role(r.oid, d.datdba, 'usage'))`,
  'may create schemas': `pg_catalog.has_database_privilege(r.oid, pg_catalog.current_database(), 'create')`,
  'may create things in schema public': `exists (
    select from pg_catalog.pg_namespace n
    where n.nspname = 'public' and pg_catalog.has_schema_privilege(r.oid, n.oid, 'create'))`,
  [`may look into schema ${ownSchema}`]: `exists (
    select from pg_catalog.pg_namespace n
    where n.nspname = '${ownSchema}' and pg_catalog.has_schema_privilege(r.oid, n.oid, 'usage'))`,
} as const;

/**
 * Ready means ready: logs in as the tenant's own role, or as its replacement, and asks Postgres for its
 * privileges there.
 */
export function verifyAppRole({ catalog }: Dependencies) {
  return async ({
    tenant,
    kind = 'app',
  }: TenantInput & { readonly kind?: Extract<SecretKind, 'app' | 'next'> }): Promise<void> => {
    const app = await knownSecret(catalog, tenant, kind);
    await withTenantDatabase(app, cancellationSignal(), async (client) => {
      await refuseUnfit(client, appGroupName(tenant.id));
      await warnOfOtherDatabases(client);
    });
  };
}

/** Throws `RoleUnfit` if the session's own login can do more than a tenant's should. */
export async function refuseUnfit(client: pg.Client, group: string): Promise<void> {
  const found = [...(await faultsOf(client)), ...(await strangeGroups(client, group))];
  if (found.length > 0) throw failure('RoleUnfit', `the tenant's own role ${found.join(', ')}`);
}

async function faultsOf(client: pg.Client): Promise<string[]> {
  const columns = Object.entries(faults).map(([name, condition]) => `${condition} as "${name}"`);
  const { rows } = await client.query<Record<string, boolean>>(
    `select ${columns.join(', ')} from pg_catalog.pg_roles r where r.rolname = session_user`,
  );
  return Object.entries(rows[0] ?? {}).flatMap(([name, holds]) => (holds ? [name] : []));
}

/** Any other membership, direct or indirect, gives it privileges beyond the group's. */
async function strangeGroups(client: pg.Client, group: string): Promise<string[]> {
  const { rows } = await client.query<{ role: string }>(
    `select r.rolname as role from pg_catalog.pg_roles r
     where pg_catalog.pg_has_role(session_user, r.oid, 'member') and r.rolname <> session_user and r.rolname <> $1`,
    [group],
  );
  return rows.map(({ role }) => `is a member of ${role}`);
}

/**
 * The owner cannot close a database that it does not own: that is only logged, because Tenantry cannot fix
 * it.
 */
async function warnOfOtherDatabases(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ name: string }>(
    `select datname as name from pg_catalog.pg_database
     where datallowconn and datname <> pg_catalog.current_database()
       and pg_catalog.has_database_privilege(session_user, datname, 'connect')`,
  );
  if (rows.length === 0) return;
  log.warn('the tenant role can also connect to databases that its owner cannot close', {
    databases: rows.map(({ name }) => name),
  });
}
