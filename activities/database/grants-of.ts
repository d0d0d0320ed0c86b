import type pg from 'pg';
import { inTurn } from './sql/turn.js';
import { withTenantDatabase } from './tenant-database.js';

/** One privilege, as SQL. Privileges that an object has by default count as well. */
export interface Grant {
  /** `select`, or `select ("name")` for a column. */
  readonly privilege: string;
  /** `table public.notes` */
  readonly on: string;
  /** A quoted role name, or `public`. */
  readonly grantee: string;
  readonly grantable: boolean;
  /** The SQL before the statement if the privilege is for future objects. */
  readonly prefix: string;
}

/**
 * Returns every privilege in a database except those of some roles: on schemas, tables, columns, sequences,
 * routines and types that belong to no extension, and the default privileges for future objects of the
 * current user and the group.
 */
export async function grantsOf(client: pg.Client, of: GrantRoles): Promise<Grant[]> {
  const { rows } = await client.query<Grant>(statement, [of.except, of.group]);
  return rows;
}

export interface GrantRoles {
  readonly group: string;
  /** The roles whose privileges do not count. */
  readonly except: readonly string[];
}

/** Copies the privileges of one database to the other, for objects that the other already has. */
export function addGrants(from: string, to: string, roles: GrantRoles, signal: AbortSignal): Promise<void> {
  return changeGrants(from, to, roles, signal, (wanted, present) => {
    const things = new Set(present.map(({ on }) => on));
    return missingFrom(present, wanted)
      .filter(({ prefix, on }) => prefix !== '' || things.has(on))
      .map(grantStatement);
  });
}

/** Makes the privileges in one database equal to those in the other. */
export function matchGrants(from: string, to: string, roles: GrantRoles, signal: AbortSignal): Promise<void> {
  return changeGrants(from, to, roles, signal, (wanted, present) => [
    ...missingFrom(wanted, present).map(revokeStatement),
    ...missingFrom(present, wanted).map(grantStatement),
  ]);
}

async function changeGrants(
  from: string,
  to: string,
  roles: GrantRoles,
  signal: AbortSignal,
  statements: (wanted: readonly Grant[], present: readonly Grant[]) => readonly string[],
): Promise<void> {
  const wanted = await withTenantDatabase(from, signal, (client) => grantsOf(client, roles));
  await withTenantDatabase(to, signal, (client) =>
    inTurn(client, async () => {
      for (const change of statements(wanted, await grantsOf(client, roles))) await client.query(change);
    }),
  );
}

function missingFrom(there: readonly Grant[], wanted: readonly Grant[]): Grant[] {
  const has = new Set(there.map(keyOf));
  return wanted.filter((grant) => !has.has(keyOf(grant)));
}

function grantStatement({ prefix, privilege, on, grantee, grantable }: Grant): string {
  return `${prefix} grant ${privilege} on ${on} to ${grantee}${grantable ? ' with grant option' : ''}`;
}

function revokeStatement({ prefix, privilege, on, grantee }: Grant): string {
  return `${prefix} revoke ${privilege} on ${on} from ${grantee}`;
}

function keyOf({ prefix, privilege, on, grantee, grantable }: Grant): string {
  return JSON.stringify([prefix, privilege, on, grantee, grantable]);
}

const statement = `
with ours as (
  select oid, nspname, nspowner, nspacl from pg_catalog.pg_namespace
  where pg_catalog.left(nspname::pg_catalog.text, 3) <> 'pg_' and nspname <> 'information_schema'
), extended as (
  select classid, objid from pg_catalog.pg_depend where deptype = 'e'
), relation as (
  select c.oid, c.relkind, c.relowner, c.relacl,
    case c.relkind when 'S' then 'sequence ' else 'table ' end || c.oid::pg_catalog.regclass as on
  from pg_catalog.pg_class c join ours n on n.oid = c.relnamespace
  where c.relkind in ('r', 'p', 'v', 'm', 'f', 'S')
    and ('pg_catalog.pg_class'::pg_catalog.regclass, c.oid) not in (select classid, objid from extended)
), listed as (
  select '' as prefix, '' as columns, 'schema ' || pg_catalog.quote_ident(n.nspname) as on,
    coalesce(n.nspacl, pg_catalog.acldefault('n', n.nspowner)) as acl
    from ours n where ('pg_catalog.pg_namespace'::pg_catalog.regclass, n.oid) not in (select classid, objid from extended)
  union all
  select '', '', r.on,
    coalesce(r.relacl, pg_catalog.acldefault(case r.relkind when 'S' then 's' else 'r' end::"char", r.relowner)) from relation r
  union all
  select '', ' (' || pg_catalog.quote_ident(a.attname) || ')', r.on, a.attacl
    from relation r join pg_catalog.pg_attribute a on a.attrelid = r.oid
    where a.attacl is not null and not a.attisdropped
  union all
  select '', '', 'routine ' || p.oid::pg_catalog.regprocedure, coalesce(p.proacl, pg_catalog.acldefault('f', p.proowner))
    from pg_catalog.pg_proc p join ours n on n.oid = p.pronamespace
    where ('pg_catalog.pg_proc'::pg_catalog.regclass, p.oid) not in (select classid, objid from extended)
  union all
  select '', '', 'type ' || t.oid::pg_catalog.regtype, coalesce(t.typacl, pg_catalog.acldefault('T', t.typowner))
    from pg_catalog.pg_type t join ours n on n.oid = t.typnamespace
    left join pg_catalog.pg_class c on c.oid = t.typrelid
    where t.typtype in ('c', 'd', 'e', 'r') and (t.typrelid = 0 or c.relkind = 'c')
      and ('pg_catalog.pg_type'::pg_catalog.regclass, t.oid) not in (select classid, objid from extended)
  union all
  select 'alter default privileges for role ' || pg_catalog.quote_ident(r.rolname) || coalesce(' in schema ' || pg_catalog.quote_ident(s.nspname), ''),
    '', k.kinds, coalesce(d.defaclacl, pg_catalog.acldefault(k.code, r.oid))
    from pg_catalog.pg_roles r
    cross join (values ('r'::"char", 'r'::"char", 'tables'), ('S', 's', 'sequences'), ('f', 'f', 'routines'), ('T', 'T', 'types'))
      as k (kind, code, kinds)
    cross join (select 0::oid as oid, null::name as nspname union all select oid, nspname from ours) s
    left join pg_catalog.pg_default_acl d
      on d.defaclrole = r.oid and d.defaclnamespace = s.oid and d.defaclobjtype = k.kind
    -- What a schema gives by default is given besides; so where nothing is said of one, nothing is.
    where r.rolname in (current_user, $2) and (d.oid is not null or s.oid = 0)
)
select prefix, pg_catalog.lower(a.privilege_type) || columns as privilege, l.on,
  case a.grantee when 0 then 'public' else pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(a.grantee)) end as grantee,
  a.is_grantable as grantable
from listed l, pg_catalog.aclexplode(l.acl) a
where a.grantee = 0 or pg_catalog.pg_get_userbyid(a.grantee) <> all($1)
order by 1, 2, 3, 4, 5`;
