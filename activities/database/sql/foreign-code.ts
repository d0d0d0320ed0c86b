import type pg from 'pg';
import { failure } from '../../../tenancy/failures.js';

/**
 * Refuses to run the fleet's own SQL as the owner, which may name things in `public` without their schema, if
 * the tenant's role has code there: that code would run as the owner. The role cannot create anything in
 * `public`; code there dates from an earlier release. Throws `RoleUnfit` with the first few names.
 */
export async function refuseForeignCode(client: pg.Client, group: string): Promise<void> {
  const { rows } = await client.query<{ what: string }>(statement, [group]);
  if (rows.length === 0) return;
  throw failure(
    'RoleUnfit',
    `the tenant's own role has code in schema public, which migrations and hooks would run as the owner: ${rows.map(({ what }) => what).join(', ')}; drop it, or move it into a schema of the application's`,
  );
}

const statement = `
  with theirs as (
    -- Logins that were retired are in the group no more.
    select r.oid from pg_catalog.pg_roles r
    where (r.rolname::pg_catalog.text = $1
        or pg_catalog.starts_with(r.rolname::pg_catalog.text, $1::pg_catalog.text || '_'))
      and r.rolname <> current_user and not r.rolsuper
  ), here as (
    select oid from pg_catalog.pg_namespace where nspname = 'public'
  )
  select 'function ' || p.oid::pg_catalog.regprocedure as what
    from pg_catalog.pg_proc p join here h on h.oid = p.pronamespace where p.proowner in (select oid from theirs)
  union all
  select 'operator ' || o.oid::pg_catalog.regoperator
    from pg_catalog.pg_operator o join here h on h.oid = o.oprnamespace where o.oprowner in (select oid from theirs)
  union all
  select 'type ' || t.oid::pg_catalog.regtype
    from pg_catalog.pg_type t join here h on h.oid = t.typnamespace
    left join pg_catalog.pg_class c on c.oid = t.typrelid
    where t.typtype in ('d', 'b', 'e', 'r', 'c') and t.typelem = 0 and (t.typrelid = 0 or c.relkind = 'c')
      and t.typowner in (select oid from theirs)
  union all
  select 'relation ' || c.oid::pg_catalog.regclass || ' with triggers or rules'
    from pg_catalog.pg_class c join here h on h.oid = c.relnamespace
    where c.relowner in (select oid from theirs)
      and (c.relkind in ('v', 'm') or c.relhasrules
        or exists (select from pg_catalog.pg_trigger t where t.tgrelid = c.oid and not t.tgisinternal))
  limit 5`;
