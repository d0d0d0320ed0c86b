import pg from 'pg';
import type { AppRole } from '../../../tenancy/app-role.js';

/*
 * The tenant's roles, as statements that can all be repeated: a group without a login, which owns the
 * application's objects, and logins in that group, which can be replaced while the group lives on. The
 * database's owner runs them.
 */

/** A login in a group, and its restrictions. */
export interface AppLogin {
  readonly role: string;
  readonly group: string;
  /** The password, or its verifier. */
  readonly secret: string;
  readonly appRole: AppRole;
}

/** Creates a role without any attribute; `create role` has no `if not exists`. */
export function createRoleUnlessThere(role: string): string {
  return `do $$ begin
    if not exists (select from pg_catalog.pg_roles where rolname = ${pg.escapeLiteral(role)}) then
      create role ${pg.escapeIdentifier(role)} nologin;
    end if;
  end $$`;
}

export function rolesUnlessThere({ role, group }: Pick<AppLogin, 'role' | 'group'>): string[] {
  return [createRoleUnlessThere(group), createRoleUnlessThere(role)];
}

/** Gives the login its group, its password and its session settings. */
export function loginStatements({ role, group, secret, appRole }: AppLogin): string[] {
  const [quotedRole, quotedGroup] = [pg.escapeIdentifier(role), pg.escapeIdentifier(group)];
  return [
    `grant ${quotedGroup} to ${quotedRole}`,
    `alter role ${quotedRole} login password ${pg.escapeLiteral(secret)}`,
    ...sessionStatements(role, group, appRole),
    limitConnections(role),
  ];
}

/** The settings that a login's sessions begin with. */
function sessionStatements(role: string, group: string, { ownSchema }: AppRole): string[] {
  const quoted = pg.escapeIdentifier(role);
  return [
    // The application's objects belong to the group, so that a login can be replaced while they live on.
    `alter role ${quoted} set role = ${pg.escapeLiteral(group)}`,
    ...(ownSchema === undefined
      ? []
      : [`alter role ${quoted} set search_path = ${pg.escapeIdentifier(ownSchema)}, public`]),
  ];
}

/** The number of connections that stay free for the owner, however many a login holds. */
const ownersConnections = 10;

/** A login that held all connections would keep out the owner, who has to close it. */
function limitConnections(role: string): string {
  return `do $$ declare allowed pg_catalog.int4; begin
    allowed := greatest(1, pg_catalog.current_setting('max_connections')::pg_catalog.int4
      - pg_catalog.current_setting('superuser_reserved_connections')::pg_catalog.int4
      - coalesce(pg_catalog.current_setting('reserved_connections', true), '0')::pg_catalog.int4
      - ${ownersConnections});
    execute pg_catalog.format(${pg.escapeLiteral(`alter role ${pg.escapeIdentifier(role)} connection limit %s`)}, allowed);
  end $$`;
}

/** The members of a group except the current user. */
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

/**
 * The tenant's logins that may be open: the members of its groups, and the current login, which an earlier
 * attempt may have removed from them.
 */
export async function loginsIn(
  client: pg.Client,
  groups: readonly string[],
  appRole: string,
): Promise<string[]> {
  const members = [];
  for (const group of groups) members.push(...(await membersOf(client, group)));
  const { rows } = await client.query<{ role: string }>(
    'select rolname as role from pg_catalog.pg_roles where rolname = any($1)',
    [[...members, appRole]],
  );
  return rows.map(({ role }) => role);
}

/**
 * Removes everything else that a login may have been given: attributes, memberships, settings for one
 * database.
 */
export async function stripStatements(client: pg.Client, role: string, group: string): Promise<string[]> {
  const { rows } = await client.query<{ statement: string }>(
    `select 'alter role ' || pg_catalog.quote_ident(r.rolname) || ' ' || a.word as statement
       from pg_catalog.pg_roles r, lateral (values (r.rolsuper, 'nosuperuser'), (r.rolcreaterole, 'nocreaterole'),
         (r.rolcreatedb, 'nocreatedb'), (r.rolreplication, 'noreplication'), (r.rolbypassrls, 'nobypassrls')) a (has, word)
       where r.rolname = $1 and a.has
     union all
     select 'revoke ' || pg_catalog.quote_ident(g.rolname) || ' from ' || pg_catalog.quote_ident(r.rolname)
       from pg_catalog.pg_auth_members m join pg_catalog.pg_roles r on r.oid = m.member
       join pg_catalog.pg_roles g on g.oid = m.roleid where r.rolname = $1 and g.rolname <> $2
     union all
     select 'alter role ' || pg_catalog.quote_ident(r.rolname) || ' in database ' || pg_catalog.quote_ident(d.datname)
         || ' reset all'
       from pg_catalog.pg_db_role_setting s join pg_catalog.pg_roles r on r.oid = s.setrole
       join pg_catalog.pg_database d on d.oid = s.setdatabase where r.rolname = $1`,
    [role, group],
  );
  return [...rows.map(({ statement }) => statement), `alter role ${pg.escapeIdentifier(role)} reset all`];
}

/** Ends the owner's own membership in a group, if the owner granted it to itself. */
export async function leaveGroup(client: pg.Client, group: string): Promise<void> {
  await client.query(`revoke ${pg.escapeIdentifier(group)} from current_user`);
}
