import pg from 'pg';
import type { AppRole } from '../../../tenancy/app-role.js';
import { ownSchema as ours } from './turn.js';

/**
 * Returns statements for the privileges that the group still lacks: to read and write the owner's tables,
 * including later ones; to create tables only in the group's own schema, if it has one. Anything that a
 * tenant could create in `public` would obstruct later migrations, which run as the owner.
 *
 * It repeats no grant that already holds: a session of the tenant can keep the rows locked that a grant would
 * change.
 */
export async function accessStatements(
  client: pg.Client,
  group: string,
  { ownSchema }: AppRole,
): Promise<string[]> {
  const own = ownSchema === undefined ? [] : [ownSchema];
  const { rows } = await client.query<{ statement: string }>(missing, [group, ours, own]);
  const isThere = await client.query('select from pg_catalog.pg_namespace where nspname = any($1)', [own]);
  const make = isThere.rowCount === own.length ? [] : own.flatMap((name) => newSchema(name, group));
  return [...make, ...(await closePublic(client, group)), ...rows.map(({ statement }) => statement)];
}

function newSchema(name: string, group: string): string[] {
  const [schema, to] = [pg.escapeIdentifier(name), pg.escapeIdentifier(group)];
  return [
    `create schema if not exists ${schema}`,
    `grant usage, create on schema ${schema} to ${to}`,
    `alter default privileges in schema ${schema} grant select, insert, update, delete on tables to ${to}`,
    `alter default privileges in schema ${schema} grant usage, select, update on sequences to ${to}`,
  ];
}

/** $1 is the group, $2 Tenantry's own schema, $3 the group's own schema, if it has one. */
const missing = `
  with grp as (
    select oid, pg_catalog.quote_ident(rolname) as name from pg_catalog.pg_roles where rolname = $1
  ), schemas as (
    select n.oid, n.nspname, pg_catalog.quote_ident(n.nspname) as name from pg_catalog.pg_namespace n
    where pg_catalog.pg_has_role(n.nspowner, 'usage') and n.nspname <> $2
      and pg_catalog.left(n.nspname::pg_catalog.text, 3) <> 'pg_'
  ), relations as (
    select c.oid, c.relkind, c.oid::pg_catalog.regclass as name from pg_catalog.pg_class c
    join schemas s on s.oid = c.relnamespace
    -- What the application made there is its own.
    where c.relkind in ('r', 'p', 'v', 'm', 'f', 'S') and pg_catalog.pg_get_userbyid(c.relowner) = current_user
  ), wanted (kind, privilege) as (
    values ('r'::"char", 'SELECT'), ('r', 'INSERT'), ('r', 'UPDATE'), ('r', 'DELETE'),
      ('S', 'USAGE'), ('S', 'SELECT'), ('S', 'UPDATE')
  )
  select 'revoke connect, temporary on database ' || pg_catalog.quote_ident(d.datname) || ' from public' as statement
    from pg_catalog.pg_database d where pg_catalog.pg_has_role(d.datdba, 'usage')
      and (pg_catalog.has_database_privilege('public', d.oid, 'connect')
        or pg_catalog.has_database_privilege('public', d.oid, 'temporary'))
  union all
  select 'grant connect, temporary on database ' || pg_catalog.quote_ident(d.datname) || ' to ' || grp.name
    from pg_catalog.pg_database d, grp where d.datname = pg_catalog.current_database()
      and (select pg_catalog.count(*) from pg_catalog.aclexplode(d.datacl) a
        where a.grantee = grp.oid and a.privilege_type in ('CONNECT', 'TEMPORARY')) < 2
  union all
  select 'grant usage on schema ' || s.name || ' to ' || grp.name from schemas s, grp
    where not pg_catalog.has_schema_privilege(grp.oid, s.oid, 'usage')
  union all
  select 'grant create on schema ' || s.name || ' to ' || grp.name from schemas s, grp
    where s.nspname = any($3) and not pg_catalog.has_schema_privilege(grp.oid, s.oid, 'create')
  union all
  select 'grant select, insert, update, delete on ' || r.name || ' to ' || grp.name from relations r, grp
    where r.relkind <> 'S' and not (pg_catalog.has_table_privilege(grp.oid, r.oid, 'select')
      and pg_catalog.has_table_privilege(grp.oid, r.oid, 'insert')
      and pg_catalog.has_table_privilege(grp.oid, r.oid, 'update')
      and pg_catalog.has_table_privilege(grp.oid, r.oid, 'delete'))
  union all
  select 'grant usage, select, update on sequence ' || r.name || ' to ' || grp.name from relations r, grp
    where r.relkind = 'S' and not (pg_catalog.has_sequence_privilege(grp.oid, r.oid, 'usage')
      and pg_catalog.has_sequence_privilege(grp.oid, r.oid, 'select')
      and pg_catalog.has_sequence_privilege(grp.oid, r.oid, 'update'))
  union all
  -- What later migrations make.
  select distinct 'alter default privileges in schema ' || s.name || ' grant '
      || case w.kind when 'r' then 'select, insert, update, delete on tables to '
           else 'usage, select, update on sequences to ' end || grp.name
    from schemas s, grp, wanted w
    where not exists (
      select from pg_catalog.pg_default_acl d, pg_catalog.aclexplode(d.defaclacl) a
      where pg_catalog.pg_get_userbyid(d.defaclrole) = current_user and d.defaclnamespace = s.oid
        and d.defaclobjtype = w.kind and a.grantee = grp.oid and a.privilege_type = w.privilege)`;

/** Returns statements after which only the owner can create anything in `public`. */
export async function closePublic(client: pg.Client, group: string): Promise<string[]> {
  const { rows } = await client.query<{ grantee: string }>(
    `select case a.grantee when 0 then 'public' else pg_catalog.quote_ident(g.rolname) end as grantee
     from pg_catalog.pg_namespace n cross join pg_catalog.aclexplode(n.nspacl) a
     left join pg_catalog.pg_roles g on g.oid = a.grantee
     where n.nspname = 'public' and pg_catalog.pg_has_role(n.nspowner, 'usage') and a.privilege_type = 'CREATE'
       and (a.grantee = 0 or g.rolname = $1)`,
    [group],
  );
  return rows.map(({ grantee }) => `revoke create on schema public from ${grantee}`);
}

/** The owner's schemas that belong to the application. */
export async function ownersSchemas(client: pg.Client): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    `select nspname as name from pg_catalog.pg_namespace
     where pg_catalog.pg_has_role(nspowner, 'usage') and nspname <> $1
       and pg_catalog.left(nspname::pg_catalog.text, 3) <> 'pg_' order by 1`,
    [ours],
  );
  return rows.map(({ name }) => name);
}
