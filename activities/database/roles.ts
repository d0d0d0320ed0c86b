import pg from 'pg';
import type { AppRole } from '../../tenancy/app-role.js';
import { ownSchema as ours } from './turn.js';

/*
 * The tenant's roles, in statements that can all be repeated: a group that owns what the application makes and that
 * nobody logs in as, and logins in it that can be replaced while it lives on. Whoever runs them is the database's owner.
 */

/** A login in a group, and what it is held to. */
export interface AppLogin {
  readonly role: string;
  readonly group: string;
  /** Its password, or the verifier of it. */
  readonly secret: string;
  readonly appRole: AppRole;
}

/** A role without any attribute; `create role` has no `if not exists`. */
export function createRoleUnlessThere(role: string): string {
  return `do $$ begin
    if not exists (select from pg_catalog.pg_roles where rolname = ${pg.escapeLiteral(role)}) then
      create role ${pg.escapeIdentifier(role)} nologin;
    end if;
  end $$`;
}

/** Makes the login and its group, and gives the login its password. What a former holder set for it is gone. */
export function loginStatements({ role, group, secret, appRole }: AppLogin): string[] {
  const [quotedRole, quotedGroup] = [pg.escapeIdentifier(role), pg.escapeIdentifier(group)];
  return [
    createRoleUnlessThere(group),
    createRoleUnlessThere(role),
    `grant ${quotedGroup} to ${quotedRole}`,
    `alter role ${quotedRole} login password ${pg.escapeLiteral(secret)}`,
    ...sessionStatements(role, group, appRole),
    limitConnections(role),
  ];
}

/** What a login's sessions begin with. */
export function sessionStatements(role: string, group: string, { ownSchema }: AppRole): string[] {
  const quoted = pg.escapeIdentifier(role);
  return [
    `alter role ${quoted} reset all`,
    // What the application makes belongs to the group, so that a login can be replaced while it lives on.
    `alter role ${quoted} set role = ${pg.escapeLiteral(group)}`,
    ...(ownSchema === undefined
      ? []
      : [`alter role ${quoted} set search_path = ${pg.escapeIdentifier(ownSchema)}, public`]),
  ];
}

/** How many connections are left for the owner, however many a login holds. */
const ownersConnections = 10;

/** A login that held all connections would keep out the owner, who is to close it. */
export function limitConnections(role: string): string {
  return `do $$ declare allowed pg_catalog.int4; begin
    allowed := greatest(1, pg_catalog.current_setting('max_connections')::pg_catalog.int4
      - pg_catalog.current_setting('superuser_reserved_connections')::pg_catalog.int4
      - coalesce(pg_catalog.current_setting('reserved_connections', true), '0')::pg_catalog.int4
      - ${ownersConnections});
    execute pg_catalog.format(${pg.escapeLiteral(`alter role ${pg.escapeIdentifier(role)} connection limit %s`)}, allowed);
  end $$`;
}

/**
 * What the group may do: read and write the owner's tables, those that are made later too; make tables of its own only in
 * its own schema, if it has one. What a tenant could put into `public` would stand in the way of later migrations, which
 * run as the owner.
 */
export async function accessStatements(
  client: pg.Client,
  group: string,
  { ownSchema }: AppRole,
): Promise<string[]> {
  const to = pg.escapeIdentifier(group);
  const { rows: databases } = await client.query<{ name: string; present: boolean }>(
    `select datname as name, datname = pg_catalog.current_database() as present
     from pg_catalog.pg_database where pg_catalog.pg_has_role(datdba, 'usage')`,
  );
  const own = ownSchema === undefined ? [] : [pg.escapeIdentifier(ownSchema)];
  const schemas = new Set([...(await ownersSchemas(client)).map(pg.escapeIdentifier), ...own]);
  const { tables, sequences } = await ownersRelations(client);
  return [
    ...databases.flatMap(({ name, present }) => {
      const database = pg.escapeIdentifier(name);
      const close = `revoke connect, temporary on database ${database} from public`;
      return present ? [close, `grant connect, temporary on database ${database} to ${to}`] : [close];
    }),
    ...own.flatMap((schema) => [
      `create schema if not exists ${schema}`,
      `grant create on schema ${schema} to ${to}`,
    ]),
    ...(await closePublic(client, group)),
    ...[...schemas].flatMap((schema) => [
      `grant usage on schema ${schema} to ${to}`,
      // What later migrations make.
      `alter default privileges in schema ${schema} grant select, insert, update, delete on tables to ${to}`,
      `alter default privileges in schema ${schema} grant usage, select, update on sequences to ${to}`,
    ]),
    ...(tables.length === 0 ? [] : [`grant select, insert, update, delete on ${tables.join(', ')} to ${to}`]),
    ...(sequences.length === 0
      ? []
      : [`grant usage, select, update on sequence ${sequences.join(', ')} to ${to}`]),
  ];
}

/** What the owner has in its schemas. What the application made there is its own, and whoever uses it may keep it locked. */
async function ownersRelations(client: pg.Client): Promise<{ tables: string[]; sequences: string[] }> {
  const { rows } = await client.query<{ relation: string; sequence: boolean }>(
    `select c.oid::pg_catalog.regclass::pg_catalog.text as relation, c.relkind = 'S' as sequence
     from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
     where c.relkind in ('r', 'p', 'v', 'm', 'f', 'S') and pg_catalog.pg_has_role(c.relowner, 'usage')
       and pg_catalog.pg_has_role(n.nspowner, 'usage') and n.nspname <> $1
       and pg_catalog.left(n.nspname::pg_catalog.text, 3) <> 'pg_' order by 1`,
    [ours],
  );
  const named = (isSequence: boolean) =>
    rows.filter(({ sequence }) => sequence === isSequence).map(({ relation }) => relation);
  return { tables: named(false), sequences: named(true) };
}

/** Nobody but the owner makes anything in `public`. */
export async function closePublic(client: pg.Client, group: string): Promise<string[]> {
  const { rows } = await client.query<{ grouped: boolean }>(
    `select exists (select from pg_catalog.pg_roles where rolname = $1) as grouped
     from pg_catalog.pg_namespace where nspname = 'public' and pg_catalog.pg_has_role(nspowner, 'usage')`,
    [group],
  );
  return rows.map(
    ({ grouped }) =>
      `revoke create on schema public from public${grouped ? `, ${pg.escapeIdentifier(group)}` : ''}`,
  );
}

/** The schemas of the owner's that are the application's business. */
export async function ownersSchemas(client: pg.Client): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    `select nspname as name from pg_catalog.pg_namespace
     where pg_catalog.pg_has_role(nspowner, 'usage') and nspname <> $1
       and pg_catalog.left(nspname::pg_catalog.text, 3) <> 'pg_' order by 1`,
    [ours],
  );
  return rows.map(({ name }) => name);
}

/** The roles in a group, but the present one. */
export async function membersOf(client: pg.Client, group: string): Promise<string[]> {
  const { rows } = await client.query<{ role: string }>(
    `select member.rolname as role from pg_catalog.pg_auth_members m
     join pg_catalog.pg_roles member on member.oid = m.member
     join pg_catalog.pg_roles grp on grp.oid = m.roleid
     where grp.rolname = $1 and member.rolname <> current_user`,
    [group],
  );
  return rows.map(({ role }) => role);
}

/** Ends the owner's own membership in a group, if it has one of its own making. */
export async function leaveGroup(client: pg.Client, group: string): Promise<void> {
  await client.query(`revoke ${pg.escapeIdentifier(group)} from current_user`);
}
