import { cancellationSignal, log } from '@temporalio/activity';
import pg from 'pg';
import { appGroupName, appReaderName } from '../../tenancy/naming.js';
import type { Dependencies } from '../dependencies.js';
import { appIn, ownerIn } from '../known-owner.js';
import { knownTenant } from '../known-tenant.js';
import type { ProjectInput } from '../tenant-input.js';
import { giveLogin, type LoginToGive } from './sql/give-login.js';
import { createRoleUnlessThere, leaveGroup, loginsIn, membersOf } from './sql/roles.js';
import { endConnections, endLateComers, shutLogins } from './sql/shut-logins.js';
import { closeDatabase, openDatabase, refuseUnstoppable } from './sql/shut-writes.js';
import { inTurn, ownSchema } from './sql/turn.js';
import { withTenantDatabase } from './tenant-database.js';

/*
 * A client can change a setting such as `default_transaction_read_only` back. So the logins move from the
 * group that may write to a group that may only read. The setting is an extra, for code that writes with
 * another role's privileges.
 */

/** How the tenant's own role is kept from writing: it can still read, or it cannot log in at all. */
export type ClosedWrites = 'read-only' | 'closed';

/**
 * Stops writes by the tenant's logins in a project, and ends their connections, so that a pending write is
 * either committed or lost. If privileges alone cannot stop writes, or would hide rows, nobody can log in.
 * All other writers, including the owner, are read-only from then on. Throws `RequestUnfit`, with everything
 * still open, if a login could still write.
 */
export function closeWrites({ catalog }: Dependencies) {
  return async ({ tenant, projectId }: ProjectInput): Promise<ClosedWrites> => {
    const owner = await ownerIn(catalog, tenant, projectId);
    const { appRole } = await knownTenant(catalog, tenant);
    const [group, reader] = [appGroupName(tenant.id), appReaderName(tenant.id)];
    return withTenantDatabase(owner, cancellationSignal(), async (client) => {
      const logins = await loginsIn(client, [group, reader], appRole);
      await refuseUnstoppable(client, logins);
      // First it revokes the group, with which they connect: none can come back and keep a row of its own
      // locked.
      await leave(client, logins, group);
      const closed = await inTurn(client, async (): Promise<ClosedWrites> => {
        await client.query(createRoleUnlessThere(reader));
        // The application's objects belong to the group: to act on them, the owner is a member until writes
        // are open again.
        await client.query(`grant ${pg.escapeIdentifier(group)} to current_user`);
        for (const statement of await readerGrants(client, reader)) await client.query(statement);
        for (const login of logins) {
          const role = pg.escapeIdentifier(login);
          await client.query(`grant ${pg.escapeIdentifier(reader)} to ${role}`);
          await client.query(`alter role ${role} set role = ${pg.escapeLiteral(reader)}`);
          await client.query(`alter role ${role} set default_transaction_read_only = on`);
        }
        const reason = await whyNotReadOnly(client, logins, reader);
        if (reason === undefined) return 'read-only';
        log.info('nobody can log in while the database is copied', { reason });
        for (const login of logins) await client.query(`alter role ${pg.escapeIdentifier(login)} nologin`);
        return 'closed';
      });
      await closeDatabase(client);
      // Readers reconnect, so there is no point in waiting until none is left.
      if (closed === 'closed') await endLateComers(client, logins);
      else await endConnections(client, logins);
      return closed;
    });
  };
}

/** Lets the tenant's current login, and no other, connect and write in a project. It can be repeated. */
export function openWrites({ catalog, fleet }: Dependencies) {
  return async ({ tenant, projectId }: ProjectInput): Promise<void> => {
    const owner = await ownerIn(catalog, tenant, projectId);
    const password = decodeURIComponent(new URL(await appIn(catalog, tenant, projectId)).password);
    const { appRole: role } = await knownTenant(catalog, tenant);
    const login = { role, group: appGroupName(tenant.id), password, appRole: fleet.appRole };
    await withTenantDatabase(owner, cancellationSignal(), (client) =>
      letWrite(client, login, appReaderName(tenant.id)),
    );
  };
}

/** Gives a login its password and its group, and closes all other read-only logins. */
export async function letWrite(client: pg.Client, login: LoginToGive, reader: string): Promise<void> {
  await openDatabase(client);
  const readers = await membersOf(client, reader);
  // A connection keeps the settings that it started with.
  await leave(client, readers, reader);
  await giveLogin(client, login);
  await inTurn(client, async () => {
    for (const other of readers.filter((role) => role !== login.role))
      await client.query(`alter role ${pg.escapeIdentifier(other)} nologin`);
    await dropReader(client, reader);
    await leaveGroup(client, login.group);
  });
}

/**
 * Closes a project that the tenant has moved away from: the tenant's role cannot log in, and nobody can
 * write.
 */
export function closeProject({ catalog }: Dependencies) {
  return async ({ tenant, projectId }: ProjectInput): Promise<void> => {
    const owner = await ownerIn(catalog, tenant, projectId);
    const { appRole } = await knownTenant(catalog, tenant);
    const groups = [appGroupName(tenant.id), appReaderName(tenant.id)];
    await withTenantDatabase(owner, cancellationSignal(), async (client) => {
      await shutLogins(client, await loginsIn(client, groups, appRole), { groups });
      await closeDatabase(client);
    });
  };
}

/** Revokes a role from logins, which connect by it, and ends their connections. */
async function leave(client: pg.Client, logins: readonly string[], role: string): Promise<void> {
  for (const login of logins)
    await client.query(`revoke ${pg.escapeIdentifier(role)} from ${pg.escapeIdentifier(login)}`);
  await endConnections(client, logins);
}

/** Gives the reader everything that the group may read. */
async function readerGrants(client: pg.Client, reader: string): Promise<string[]> {
  const to = pg.escapeIdentifier(reader);
  const { rows } = await client.query<{ schema: string; database: string }>(
    `select pg_catalog.quote_ident(nspname) as schema,
            pg_catalog.quote_ident(pg_catalog.current_database()) as database
     from pg_catalog.pg_namespace
     where (pg_catalog.pg_has_role(nspowner, 'usage') or nspname = 'public') and nspname <> $1
       and pg_catalog.left(nspname::pg_catalog.text, 3) <> 'pg_'`,
    [ownSchema],
  );
  return rows.flatMap(({ schema, database }) => [
    `grant connect on database ${database} to ${to}`,
    `grant usage on schema ${schema} to ${to}`,
    `grant select on all tables in schema ${schema} to ${to}`,
    `grant select on all sequences in schema ${schema} to ${to}`,
  ]);
}

/** Returns what a login could still write, or would read differently; nothing if the logins are read-only. */
async function whyNotReadOnly(
  client: pg.Client,
  logins: readonly string[],
  reader: string,
): Promise<string | undefined> {
  const ours = `pg_catalog.left(n.nspname::pg_catalog.text, 3) <> 'pg_' and n.nspname <> 'information_schema'`;
  const { rows } = await client.query<{ reason: string }>(
    `with login as (select rolname, oid from pg_catalog.pg_roles where rolname = any($1))
     select 'a table can be written without the group' as reason
       from login, pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
       where ${ours} and c.relkind in ('r', 'p', 'v', 'f')
         and (pg_catalog.has_table_privilege(login.oid, c.oid, 'insert, update, delete, truncate')
           or pg_catalog.has_any_column_privilege(login.oid, c.oid, 'insert, update'))
     union select 'a sequence can be advanced without the group'
       from login, pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
       where ${ours} and c.relkind = 'S' and pg_catalog.has_sequence_privilege(login.oid, c.oid, 'usage, update')
     union select 'something can be made without the group'
       from login, pg_catalog.pg_namespace n where ${ours} and pg_catalog.has_schema_privilege(login.oid, n.oid, 'create')
     union select 'a function runs as its owner'
       from login, pg_catalog.pg_proc p join pg_catalog.pg_namespace n on n.oid = p.pronamespace
       where ${ours} and p.prosecdef
         -- An aggregate, or whoever may grant it, calls one of the tenant's without that right.
         and (pg_catalog.has_function_privilege(login.oid, p.oid, 'execute')
           or pg_catalog.pg_get_userbyid(p.proowner) <> current_user)
     union select 'a login owns something, and could let itself write to it'
       from login, pg_catalog.pg_shdepend d
       where d.refobjid = login.oid and d.deptype = 'o'
     union select 'a login is in other groups'
       from login, pg_catalog.pg_auth_members m join pg_catalog.pg_roles grp on grp.oid = m.roleid
       where m.member = login.oid and grp.rolname <> $2
     union select 'rows are secured by role' from pg_catalog.pg_class where relrowsecurity
     union select 'there are large objects' from pg_catalog.pg_largeobject_metadata
     limit 1`,
    [logins, reader],
  );
  return rows[0]?.reason;
}

async function dropReader(client: pg.Client, reader: string): Promise<void> {
  const { rowCount } = await client.query('select from pg_catalog.pg_roles where rolname = $1', [reader]);
  if (rowCount === 0) return;
  const role = pg.escapeIdentifier(reader);
  // The owner needs it to revoke what others granted to the role.
  await client.query(`grant ${role} to current_user`);
  await client.query(`drop owned by ${role}`);
  await client.query(`drop role ${role}`);
}
