import { withTenantDatabase } from '../tenant-database.js';

/** The search paths for names without a schema when a database is recreated in another project, in order. */
export interface RestoreLookup {
  /**
   * For the owner's objects: the search path of the owner's sessions, and the schemas of extensions, without
   * any schema in which a tenant may create objects.
   */
  readonly owner: readonly string[];
  /** For the objects of the tenant's role. */
  readonly tenant: readonly string[];
}

export interface LookupRoles {
  readonly group: string;
  readonly appRole: string;
  /** The schema for the application's own objects. */
  readonly ownSchema: string | undefined;
}

export async function restoreLookup(
  owner: string,
  { group, appRole, ownSchema }: LookupRoles,
  signal: AbortSignal,
): Promise<RestoreLookup> {
  // With the search path of the database and the role; the session reads nothing else.
  const own = await withTenantDatabase(owner, signal, (client) => currentSchemas(client), 'its own');
  return withTenantDatabase(owner, signal, async (client) => {
    const { rows } = await client.query<{ name: string; closed: boolean }>(schemas, [own, group, appRole]);
    const found = rows.map(({ name }) => name);
    return {
      owner: rows.filter(({ closed }) => closed).map(({ name }) => name),
      tenant: [...new Set([...(ownSchema === undefined ? [] : [ownSchema]), ...found])],
    };
  });
}

async function currentSchemas(client: {
  query(sql: string): Promise<{ rows: { names: string[] }[] }>;
}): Promise<string[]> {
  const { rows } = await client.query('select pg_catalog.current_schemas(false)::pg_catalog.text[] as names');
  return rows[0]?.names ?? [];
}

/**
 * $1 is the search path of the owner's sessions, $2 and $3 are the tenant's roles. Privileges of `public` are
 * theirs too.
 */
const schemas = `
  with named as (
    select name, 0 as place, at from pg_catalog.unnest($1::pg_catalog.text[]) with ordinality n (name, at)
    union all
    select n.nspname, 1, e.oid::bigint from pg_catalog.pg_extension e
      join pg_catalog.pg_namespace n on n.oid = e.extnamespace and n.nspname <> 'pg_catalog'
  )
  select n.nspname as name, pg_catalog.bool_and(not exists (
      select from pg_catalog.pg_roles r where r.rolname in ($2, $3)
        and pg_catalog.has_schema_privilege(r.oid, n.oid, 'create'))) as closed
  from named join pg_catalog.pg_namespace n on n.nspname = named.name
  where pg_catalog.left(n.nspname::pg_catalog.text, 3) <> 'pg_' or n.nspname = 'pg_catalog'
  group by n.nspname order by pg_catalog.min(named.place), pg_catalog.min(named.at)`;
