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
 * A setting such as `default_transaction_read_only` is a client's to change back. So the logins leave the group that may
 * write, for one that may read; the setting is there besides, for what writes on another's behalf.
 */

/** How the tenant's own role is kept from writing: it still reads, or it cannot log in at all. */
export type ClosedWrites = 'read-only' | 'closed';

/**
 * Keeps the tenant's logins in a project from writing, and ends their connections, so that what was in hand is done or
 * never will be. Where privileges alone do not keep them from it, or would hide rows, nobody logs in. Whoever else writes there,
 * the owner too, only reads from then on. Throws `RequestUnfit`, with everything still open, where somebody would not.
 */
export function closeWrites({ catalog }: Dependencies) {
  return async ({ tenant, projectId }: ProjectInput): Promise<ClosedWrites> => {
    const owner = await ownerIn(catalog, tenant, projectId);
    const { appRole } = await knownTenant(catalog, tenant);
    const [group, reader] = [appGroupName(tenant.id), appReaderName(tenant.id)];
    return withTenantDatabase(owner, cancellationSignal(), async (client) => {
      const logins = await loginsIn(client, [group, reader], appRole);
      await refuseUnstoppable(client, logins);
      // Out of the group first, which is what they connect by: none comes back to hold on to a row of its own.
      await leave(client, logins, group);
      const closed = await inTurn(client, async (): Promise<ClosedWrites> => {
        await client.query(createRoleUnlessThere(reader));
        // What the application made is its group's: to act on that, the owner is one of them, until writes are open again.
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
      // Those that read come back, so there is no end to wait for.
      if (closed === 'closed') await endLateComers(client, logins);
      else await endConnections(client, logins);
      return closed;
    });
  };
}

/** Lets the tenant's present role, and it alone, log in and write in a project. Can be repeated. */
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

/** Gives a login its password and its group, and takes all others out of those that only read. */
export async function letWrite(client: pg.Client, login: LoginToGive, reader: string): Promise<void> {
  await openDatabase(client);
  const readers = await membersOf(client, reader);
  // A connection keeps what it was given when it was made.
  await leave(client, readers, reader);
  await giveLogin(client, login);
  await inTurn(client, async () => {
    for (const other of readers.filter((role) => role !== login.role))
      await client.query(`alter role ${pg.escapeIdentifier(other)} nologin`);
    await dropReader(client, reader);
    await leaveGroup(client, login.group);
  });
}

/** Closes a project that the tenant was moved away from: its role does not log in, and nobody writes. */
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

/** Takes logins out of a role, which is what they connect by, and ends their connections. */
async function leave(client: pg.Client, logins: readonly string[], role: string): Promise<void> {
  for (const login of logins)
    await client.query(`revoke ${pg.escapeIdentifier(role)} from ${pg.escapeIdentifier(login)}`);
  await endConnections(client, logins);
}

/** What may be read by the group may be read by the reader. */
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

/** What could still be written, or would be read otherwise; nothing where the logins read, and no more. */
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
  // The right to revoke what another granted to it.
  await client.query(`grant ${role} to current_user`);
  await client.query(`drop owned by ${role}`);
  await client.query(`drop role ${role}`);
}
