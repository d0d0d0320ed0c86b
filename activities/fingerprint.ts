import type pg from 'pg';
import { type Grant, grantsOf } from './grants-of.js';

/** Everything by which a database and its copy are compared: what there is, whose, and what is in it. */
export type Fingerprint = ReadonlyMap<string, string>;

/**
 * Takes a database's fingerprint, one table after the other; rows stream through the server, and one sum comes back. A
 * row counts as its text in fixed settings, and sums do not depend on the order of rows: what the sums cannot tell apart
 * are rows whose changes cancel out in 64 bits of a digest.
 */
export async function fingerprintOf(
  client: pg.Client,
  roles: { readonly group: string; readonly except: string },
): Promise<Fingerprint> {
  await client.query('begin isolation level repeatable read read only');
  for (const setting of fixed) await client.query(`set local ${setting}`);
  const found = new Map<string, string>();
  const { rows: relations } = await client.query<Relation>(relationsQuery);
  for (const { name, kind, owner, definition } of relations) {
    const is = `${kind}, of ${owner}, ${definition}`;
    found.set(`${kind} ${name}`, kind in contents ? `${is}: ${await contentOf(client, name, kind)}` : is);
  }
  const { rows: objects } = await client.query<{ name: string; is: string }>(objectsQuery);
  for (const { name, is } of objects) found.set(name, is);
  await client.query('commit');
  for (const grant of await grantsOf(client, roles)) found.set(`privilege ${nameOf(grant)}`, 'given');
  return found;
}

/** The first few things in which two fingerprints differ. */
export function differences(one: Fingerprint, other: Fingerprint, most = 3): string[] {
  const names = [...new Set([...one.keys(), ...other.keys()])];
  return names.filter((name) => one.get(name) !== other.get(name)).slice(0, most);
}

/** What a row's text depends on. With row security, an error is better than rows that are left out. */
const fixed = [
  "search_path = ''",
  "datestyle = 'ISO, YMD'",
  "intervalstyle = 'postgres'",
  "timezone = 'UTC'",
  'extra_float_digits = 1',
  "bytea_output = 'hex'",
  "xmlbinary = 'base64'",
  "lc_monetary = 'C'",
  'row_security = off',
  'statement_timeout = 0',
] as const;

interface Relation {
  readonly name: string;
  readonly kind: string;
  readonly owner: string;
  readonly definition: string;
}

const contents: Readonly<Record<string, (name: string) => string>> = {
  table: (name) =>
    `select count(*) || ' rows, sum ' || coalesce(sum(('x' || left(md5(t::text), 16))::bit(64)::bigint::numeric), 0) as is
     from only ${name} t`,
  sequence: (name) =>
    `select last_value || case when is_called then ' used' else ' unused' end as is from ${name}`,
};

async function contentOf(client: pg.Client, name: string, kind: string): Promise<string> {
  const { rows } = await client.query<{ is: string }>(contents[kind]?.(name) ?? '');
  return rows[0]?.is ?? 'nothing';
}

const relationsQuery = `
  select c.oid::regclass::text as name, pg_get_userbyid(c.relowner) as owner,
    case c.relkind when 'r' then 'table' when 'S' then 'sequence' when 'p' then 'partitioned table' when 'v' then 'view'
      when 'm' then 'materialized view' when 'i' then 'index' when 'I' then 'partitioned index' when 'c' then 'composite type'
      else 'foreign table' end as kind,
    case when c.relkind in ('i', 'I') then pg_get_indexdef(c.oid) || case when i.indisvalid then '' else ' invalid' end
      else (select count(*) || ' columns' from pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped)
      end as definition
  from pg_class c join pg_namespace n on n.oid = c.relnamespace left join pg_index i on i.indexrelid = c.oid
  where n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
  order by 1`;

const objectsQuery = `
  select 'extension ' || extname as name, 'there' as is from pg_extension
  union all
  select 'constraint ' || conname || ' on ' || coalesce(conrelid::regclass::text, contypid::regtype::text),
    pg_get_constraintdef(c.oid) || case when convalidated then '' else ' unchecked' end
    from pg_constraint c join pg_namespace n on n.oid = c.connamespace where n.nspname !~ '^pg_'
  union all
  select 'trigger ' || tgname || ' on ' || tgrelid::regclass, pg_get_triggerdef(oid) || tgenabled::text
    from pg_trigger where not tgisinternal
  union all
  select 'routine ' || p.oid::regprocedure, pg_get_userbyid(p.proowner) || ' ' || md5(coalesce(prosrc, ''))
    from pg_proc p join pg_namespace n on n.oid = p.pronamespace
    where n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
  union all
  select 'policy ' || polname || ' on ' || polrelid::regclass, coalesce(pg_get_expr(polqual, polrelid), '') from pg_policy
  union all
  select 'large object ' || oid, pg_get_userbyid(lomowner) || ' ' || md5(lo_get(oid)) from pg_largeobject_metadata`;

function nameOf({ prefix, privilege, on, grantee, grantable }: Grant): string {
  return `${prefix}${privilege} on ${on} to ${grantee}${grantable ? ', to be given on' : ''}`;
}
