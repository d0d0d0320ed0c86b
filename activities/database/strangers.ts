import { failure } from '../../tenancy/failures.js';
import { withTenantDatabase } from './tenant-database.js';

/** A role of one project that the other project's server does not have. */
interface Stranger {
  /** Quoted where SQL needs it. */
  readonly role: string;
  /**
   * The first privilege that it would lose: `select on table notes`, `connect on database shop`,
   * `member of pg_read_all_data`.
   */
  readonly has: string | null;
}

/**
 * Throws `RequestUnfit` with the roles that a tenant's next project would lack, and the privileges they would
 * lose, except roles that the request leaves behind. Only Neon can read their passwords, so the roles cannot
 * be copied.
 */
export async function refuseStrangers(
  from: string,
  to: string,
  leftBehind: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  const known = await withTenantDatabase(to, signal, async (client) => {
    const { rows } = await client.query<{ role: string }>('select rolname as role from pg_catalog.pg_roles');
    return rows.map(({ role }) => role);
  });
  const strangers = await withTenantDatabase(from, signal, async (client) => {
    const { rows } = await client.query<Stranger>(rolesBut, [[...known, ...leftBehind]]);
    return rows;
  });
  if (strangers.length === 0) return;
  const named = strangers.map(({ role, has }) => (has === null ? role : `${role} (${has})`)).join(', ');
  const drop = strangers
    .map(
      ({ role }) =>
        `grant ${role} to current_user; reassign owned by ${role} to current_user; drop owned by ${role}; drop role ${role}`,
    )
    .join('; ');
  const leave = strangers.map(({ role }) => `--leave-behind ${role}`).join(' ');
  throw failure(
    'RequestUnfit',
    `a move makes no role but the tenant's, and the new project would not have ${named}: leave it behind (${leave}), or drop it, ` +
      `as the owner (${drop}); where it is still needed, make it with its rights in the new project`,
  );
}

/** Superusers are Neon's own; roles with a name in `pg_` are built into Postgres. */
const rolesBut = `
with had as (
  select a.grantee as role, pg_catalog.lower(a.privilege_type) || ' on ' || l.on as what
  from (
    select relacl as acl, case relkind when 'S' then 'sequence ' else 'table ' end || oid::pg_catalog.regclass as on from pg_catalog.pg_class
    union all select a.attacl, 'column ' || pg_catalog.quote_ident(a.attname) || ' of ' || a.attrelid::pg_catalog.regclass
      from pg_catalog.pg_attribute a where a.attacl is not null
    union all select nspacl, 'schema ' || pg_catalog.quote_ident(nspname) from pg_catalog.pg_namespace
    union all select proacl, 'routine ' || oid::pg_catalog.regprocedure from pg_catalog.pg_proc
    union all select typacl, 'type ' || oid::pg_catalog.regtype from pg_catalog.pg_type
    union all select defaclacl, 'what is yet to be made' from pg_catalog.pg_default_acl
    union all select datacl, 'database ' || pg_catalog.quote_ident(datname) from pg_catalog.pg_database
      where datname = pg_catalog.current_database()
  ) l, pg_catalog.aclexplode(l.acl) a
  union all
  select member, 'member of ' || pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(roleid)) from pg_catalog.pg_auth_members
)
select pg_catalog.quote_ident(r.rolname) as role, (select pg_catalog.min(h.what) from had h where h.role = r.oid) as has
from pg_catalog.pg_roles r
where not r.rolsuper and pg_catalog.left(r.rolname::pg_catalog.text, 3) <> 'pg_' and r.rolname <> all($1)
order by 1 limit 10`;
