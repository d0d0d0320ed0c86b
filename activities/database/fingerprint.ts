import pg from 'pg';
import { failure } from '../../tenancy/failures.js';
import { type Grant, type GrantRoles, grantsOf } from './grants-of.js';
import { readPlainly } from './sql/plain-reading.js';

/**
 * Everything by which a database and its copy are compared: the objects, their owners, and their contents.
 */
export type Fingerprint = ReadonlyMap<string, string>;

/**
 * Takes a database's fingerprint, one table at a time; the rows stay on the server, which returns one sum. A
 * row counts as its text under fixed settings, and sums do not depend on the order of rows: they only miss
 * changes that cancel out in 64 bits of a digest.
 *
 * Rows of the tenant's own tables are read as its group, and none through a cast: a tenant may have defined a
 * cast for a table's row type, which could do anything as the owner, and make all rows look alike.
 */
export async function fingerprintOf(
  client: pg.Client,
  roles: GrantRoles,
  /** Without contents, only the definitions of tables and sequences count. */
  { contents: withContents = true } = {},
): Promise<Fingerprint> {
  await client.query('begin isolation level repeatable read read only');
  for (const setting of fixed) await client.query(`set local ${setting}`);
  await readPlainly(client);
  const found = new Map<string, string>();
  const { rows: relations } = await client.query<Relation>(relationsQuery);
  for (const { name, kind, owner, forced, definition } of relations) {
    const is = `${kind}, of ${owner}, ${definition}`;
    const content = withContents ? contents[kind]?.(name) : undefined;
    // With forced row security, only a role that bypasses it sees every row.
    const group = owner === roles.group && !forced ? roles.group : undefined;
    found.set(
      `${kind} ${name}`,
      content === undefined ? is : `${is}: ${await contentOf(client, content, group)}`,
    );
  }
  const { rows: objects } = await client.query<{ name: string; is: string }>(objectsQuery);
  for (const { name, is } of objects) found.set(name, is);
  await client.query('commit');
  for (const grant of await grantsOf(client, roles)) found.set(`privilege ${nameOf(grant)}`, 'given');
  return found;
}

/** Throws `CopyDiffers` with the first few differences, if there are any. */
export function refuseDifferences(found: readonly string[], most = 3): void {
  if (found.length === 0) return;
  const named = found.slice(0, most).join('; ');
  throw failure('CopyDiffers', `the copy of the database is not the same, in: ${named}`);
}

/** The first few differences between two fingerprints. */
export function differences(one: Fingerprint, other: Fingerprint, most = 3): string[] {
  const names = [...new Set([...one.keys(), ...other.keys()])];
  return names.filter((name) => one.get(name) !== other.get(name)).slice(0, most);
}

/** The settings that a row's text depends on. */
const fixed = [
  "datestyle = 'ISO, YMD'",
  "intervalstyle = 'postgres'",
  "timezone = 'UTC'",
  'extra_float_digits = 1',
  "bytea_output = 'hex'",
  "xmlbinary = 'base64'",
  "lc_monetary = 'C'",
  'statement_timeout = 0',
] as const;

interface Relation {
  readonly name: string;
  readonly kind: string;
  readonly owner: string;
  readonly forced: boolean;
  readonly definition: string;
}

const contents: Readonly<Record<string, (name: string) => string>> = {
  table: (name) =>
    `select pg_catalog.count(*) || ' rows, sum ' || coalesce(pg_catalog.sum(
       ('x' || pg_catalog.left(pg_catalog.md5(pg_catalog.textin(pg_catalog.record_out(row(t.*)))), 16))::bit(64)::bigint::numeric), 0) as is
     from only ${name} t`,
  sequence: (name) =>
    `select last_value || case when is_called then ' used' else ' unused' end as is from ${name}`,
};

async function contentOf(client: pg.Client, content: string, role: string | undefined): Promise<string> {
  if (role !== undefined) await client.query(`set local role ${pg.escapeIdentifier(role)}`);
  const { rows } = await client.query<{ is: string }>(content);
  if (role !== undefined) await client.query('reset role');
  return rows[0]?.is ?? 'nothing';
}

const isTheirs = (schema: string) =>
  `pg_catalog.left(${schema}.nspname::pg_catalog.text, 3) <> 'pg_' and ${schema}.nspname <> 'information_schema'`;

const columns = `(
  select pg_catalog.count(*) || ' columns ' || pg_catalog.md5(coalesce(pg_catalog.string_agg(pg_catalog.concat_ws(' ',
    a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attidentity, a.attgenerated,
    a.attcollation::pg_catalog.regcollation, pg_catalog.pg_get_expr(d.adbin, d.adrelid)), ',' order by a.attnum), ''))
  from pg_catalog.pg_attribute a
  left join pg_catalog.pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
  where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped)`;

const relationsQuery = `
  select c.oid::pg_catalog.regclass::pg_catalog.text as name, pg_catalog.pg_get_userbyid(c.relowner) as owner, c.relforcerowsecurity as forced,
    case c.relkind when 'r' then 'table' when 'S' then 'sequence' when 'p' then 'partitioned table' when 'v' then 'view'
      when 'm' then 'materialized view' when 'i' then 'index' when 'I' then 'partitioned index' when 'c' then 'composite type'
      else 'foreign table' end as kind,
    case
      when c.relkind in ('i', 'I') then pg_catalog.pg_get_indexdef(c.oid)
      when c.relkind in ('v', 'm') then pg_catalog.md5(pg_catalog.pg_get_viewdef(c.oid))
      else ${columns} end as definition
  from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  left join pg_catalog.pg_index i on i.indexrelid = c.oid
  -- A dump leaves out an index that is of no use.
  where ${isTheirs('n')} and (c.relkind <> 'i' or i.indisvalid)
  order by 1`;

const objectsQuery = `
  select 'extension ' || extname as name, 'in ' || extnamespace::pg_catalog.regnamespace as is from pg_catalog.pg_extension
  union all
  select 'schema ' || n.nspname, pg_catalog.pg_get_userbyid(n.nspowner)
    from pg_catalog.pg_namespace n where ${isTheirs('n')}
  union all
  select 'type ' || t.oid::pg_catalog.regtype, pg_catalog.pg_get_userbyid(t.typowner)
    from pg_catalog.pg_type t join pg_catalog.pg_namespace n on n.oid = t.typnamespace
    where ${isTheirs('n')} and t.typtype in ('d', 'e', 'r')
  union all
  select 'event trigger ' || evtname,
      pg_catalog.concat_ws(' ', pg_catalog.pg_get_userbyid(evtowner), evtevent, evtfoid::pg_catalog.regprocedure, evtenabled, evttags)
    from pg_catalog.pg_event_trigger where pg_catalog.pg_get_userbyid(evtowner) = current_user
  union all
  select 'publication ' || p.pubname, pg_catalog.concat_ws(' ', pg_catalog.pg_get_userbyid(p.pubowner), p.puballtables,
      p.pubinsert, p.pubupdate, p.pubdelete, p.pubtruncate, p.pubviaroot,
      (select pg_catalog.string_agg(t.schemaname || '.' || t.tablename, ',' order by t.schemaname, t.tablename)
       from pg_catalog.pg_publication_tables t where t.pubname = p.pubname))
    from pg_catalog.pg_publication p
  union all
  -- Of what an extension made, the extension speaks.
  select 'comment on ' || pg_catalog.pg_describe_object(d.classoid, d.objoid, d.objsubid), pg_catalog.md5(d.description)
    from pg_catalog.pg_description d
    where d.objoid >= 16384 and not exists (
      select from pg_catalog.pg_depend e where e.classid = d.classoid and e.objid = d.objoid and e.deptype in ('e', 'i'))
      and d.classoid <> 'pg_catalog.pg_extension'::pg_catalog.regclass
      -- Of what a partition has from its parent, a dump has no comments, and none of an index that is of no use.
      and not exists (select from pg_catalog.pg_constraint c where c.oid = d.objoid
        and d.classoid = 'pg_catalog.pg_constraint'::pg_catalog.regclass and not c.conislocal)
      and not exists (select from pg_catalog.pg_trigger t where t.oid = d.objoid
        and d.classoid = 'pg_catalog.pg_trigger'::pg_catalog.regclass and t.tgparentid <> 0)
      and not exists (select from pg_catalog.pg_index i where i.indexrelid = d.objoid
        and d.classoid = 'pg_catalog.pg_class'::pg_catalog.regclass and not i.indisvalid)
  union all
  select 'constraint ' || conname || ' on '
      || coalesce(conrelid::pg_catalog.regclass::pg_catalog.text, contypid::pg_catalog.regtype::pg_catalog.text),
    pg_catalog.pg_get_constraintdef(c.oid) || case when convalidated then '' else ' unchecked' end
    from pg_catalog.pg_constraint c join pg_catalog.pg_namespace n on n.oid = c.connamespace where ${isTheirs('n')}
  union all
  select 'trigger ' || tgname || ' on ' || tgrelid::pg_catalog.regclass,
    pg_catalog.pg_get_triggerdef(oid) || tgenabled::pg_catalog.text
    from pg_catalog.pg_trigger where not tgisinternal
  union all
  select 'rule ' || r.rulename || ' on ' || r.ev_class::pg_catalog.regclass,
    pg_catalog.md5(pg_catalog.pg_get_ruledef(r.oid)) || r.ev_enabled::pg_catalog.text
    from pg_catalog.pg_rewrite r join pg_catalog.pg_class c on c.oid = r.ev_class
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace where ${isTheirs('n')} and r.rulename <> '_RETURN'
  union all
  select 'routine ' || p.oid::pg_catalog.regprocedure,
    pg_catalog.concat_ws(' ', pg_catalog.pg_get_userbyid(p.proowner),
      case p.prokind when 'a' then p.prosrc else pg_catalog.md5(pg_catalog.pg_get_functiondef(p.oid)) end)
    from pg_catalog.pg_proc p join pg_catalog.pg_namespace n on n.oid = p.pronamespace where ${isTheirs('n')}
  union all
  select 'operator ' || o.oid::pg_catalog.regoperator,
    pg_catalog.concat_ws(' ', pg_catalog.pg_get_userbyid(o.oprowner), o.oprcode::pg_catalog.regprocedure)
    from pg_catalog.pg_operator o join pg_catalog.pg_namespace n on n.oid = o.oprnamespace where ${isTheirs('n')}
  union all
  select 'cast ' || castsource::pg_catalog.regtype || ' to ' || casttarget::pg_catalog.regtype,
    pg_catalog.concat_ws(' ', castcontext, castfunc::pg_catalog.regprocedure)
    from pg_catalog.pg_cast where oid >= 16384
  union all
  select 'policy ' || polname || ' on ' || polrelid::pg_catalog.regclass,
    pg_catalog.concat_ws(' ', polcmd, polpermissive,
      (select pg_catalog.string_agg(case u when 0 then 'public' else pg_catalog.pg_get_userbyid(u) end, ',')
       from pg_catalog.unnest(polroles) u),
      pg_catalog.pg_get_expr(polqual, polrelid), pg_catalog.pg_get_expr(polwithcheck, polrelid))
    from pg_catalog.pg_policy
  union all
  select 'large object ' || oid,
    pg_catalog.pg_get_userbyid(lomowner) || ' ' || pg_catalog.md5(pg_catalog.lo_get(oid))
    from pg_catalog.pg_largeobject_metadata`;

function nameOf({ prefix, privilege, on, grantee, grantable }: Grant): string {
  return `${prefix}${privilege} on ${on} to ${grantee}${grantable ? ', to be given on' : ''}`;
}
