import pg from 'pg';
import { failure } from '../../../tenancy/failures.js';
import { isPassing } from '../../postgres-failure.js';
import { isPostgresError, wordsOf } from '../../postgres-words.js';
import { withTenantDatabase } from '../tenant-database.js';
import { inTurn } from './turn.js';

/** The initial settings of a database's sessions, and its comment: no dump contains either. */
export interface DatabaseSettings {
  readonly settings: readonly Setting[];
  readonly comment?: string;
}

export interface Setting {
  /** What the setting applies to, as SQL: `database app`, `role app_owner in database app`. */
  readonly on: string;
  readonly name: string;
  /** As Postgres stores it. */
  readonly value: string;
}

/**
 * Returns the settings of the database itself, and of its owner, who is the current user, in this database
 * and everywhere. It leaves out the settings of the tenant's roles: the fleet decides a login's settings, and
 * a group's settings have no effect; but the tenant could set something that no move could repeat.
 */
export async function settingsOf(client: pg.Client): Promise<DatabaseSettings> {
  const { rows: settings } = await client.query<Setting>(settingsQuery);
  const { rows } = await client.query<{ comment: string | null }>(
    `select pg_catalog.shobj_description(oid, 'pg_database') as comment from pg_catalog.pg_database
     where datname = pg_catalog.current_database()`,
  );
  const comment = rows[0]?.comment ?? undefined;
  return { settings, ...(comment === undefined ? {} : { comment }) };
}

/**
 * Gives one database the settings of the other. Additional settings of the target stay: Neon may give a new
 * database some of its own.
 */
export async function carrySettings(from: string, to: string, signal: AbortSignal): Promise<void> {
  const wanted = await withTenantDatabase(from, signal, settingsOf);
  await withTenantDatabase(to, signal, async (client) => {
    const present = await settingsOf(client);
    const missing = missingSettings(present, wanted);
    const comment = wanted.comment === present.comment ? undefined : wanted.comment;
    if (missing.length === 0 && comment === undefined) return;
    if (missing.some(({ name }) => name.includes('.'))) await client.query(loadLibraries);
    await inTurn(client, async () => {
      for (const setting of missing)
        await giveSetting(client, setting).catch((error: unknown) => {
          throw unsettable(setting, error);
        });
      if (comment !== undefined) await giveComment(client, comment);
    });
  });
}

/** The settings that one database lacks of the other's, in words: `search_path of database app`. */
export function lostSettings(present: DatabaseSettings, wanted: DatabaseSettings): string[] {
  return [
    ...missingSettings(present, wanted).map(({ on, name }) => `setting ${name} of ${on}`),
    ...(wanted.comment === undefined || wanted.comment === present.comment
      ? []
      : ['comment on the database']),
  ];
}

function missingSettings(present: DatabaseSettings, wanted: DatabaseSettings): Setting[] {
  const key = ({ on, name, value }: Setting) => JSON.stringify([on, name, value]);
  const has = new Set(present.settings.map(key));
  return wanted.settings.filter((setting) => !has.has(key(setting)));
}

/** Returns transient errors unchanged. */
function unsettable({ on, name }: Setting, error: unknown): unknown {
  if (!isPostgresError(error) || isPassing(error)) return error;
  return failure(
    'RequestUnfit',
    `a move carries what sessions begin with, and cannot set ${name} of ${on} there (${wordsOf(error)}): reset it, move, and set it again`,
  );
}

/**
 * Only a session that has loaded an extension's library knows its settings; an owner may not set unknown
 * ones.
 */
const loadLibraries = `
  select pg_catalog.fmgr_c_validator(f.oid) from (
    select pg_catalog.min(p.oid) as oid from pg_catalog.pg_proc p
    join pg_catalog.pg_language l on l.oid = p.prolang and l.lanname = 'c'
    join pg_catalog.pg_depend d on d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass and d.objid = p.oid and d.deptype = 'e'
    group by p.probin) f`;

async function giveSetting(client: pg.Client, { on, name, value }: Setting): Promise<void> {
  const quoted = name
    .split('.')
    .map((part) => pg.escapeIdentifier(part))
    .join('.');
  if (name === connectionLimit) {
    await client.query(`alter ${on} connection limit ${Number(value)}`);
    return;
  }
  if (!lists.has(name)) {
    await client.query(`alter ${on} set ${quoted} to ${pg.escapeLiteral(value)}`);
    return;
  }
  const { rows } = await client.query<{ before: string }>(
    'select pg_catalog.current_setting($1) as before, pg_catalog.set_config($1, $2, true)',
    [name, value],
  );
  await client.query(`alter ${on} set ${quoted} from current`);
  await client.query('select pg_catalog.set_config($1, $2, true)', [name, rows[0]?.before]);
}

/** A database's connection limit is not a setting, but is treated like one. */
const connectionLimit = 'connection limit';

/** Postgres stores a list as one text, and would read that text as a single name. */
const lists = new Set(['search_path', 'temp_tablespaces']);

async function giveComment(client: pg.Client, comment: string): Promise<void> {
  const { rows } = await client.query<{ name: string }>(
    'select pg_catalog.quote_ident(pg_catalog.current_database()) as name',
  );
  for (const { name } of rows)
    await client.query(`comment on database ${name} is ${pg.escapeLiteral(comment)}`);
}

/** It leaves out the setting that blocks all writes during a move: that one is Tenantry's. */
const settingsQuery = `
  select case when s.setrole = 0 then 'database ' || d.name
      else 'role ' || pg_catalog.quote_ident(r.rolname) || case when s.setdatabase = 0 then '' else ' in database ' || d.name end
    end as on,
    pg_catalog.split_part(c, '=', 1) as name,
    pg_catalog.substr(c, pg_catalog.strpos(c, '=') + 1) as value
  from (select oid, pg_catalog.quote_ident(datname) as name from pg_catalog.pg_database
      where datname = pg_catalog.current_database()) d
  join pg_catalog.pg_db_role_setting s on s.setdatabase = d.oid or (s.setdatabase = 0 and s.setrole <> 0)
  left join pg_catalog.pg_roles r on r.oid = s.setrole
  cross join pg_catalog.unnest(s.setconfig) c
  where (s.setrole = 0 and not pg_catalog.starts_with(c, 'default_transaction_read_only='))
    or r.rolname = current_user
  union all
  select 'database ' || pg_catalog.quote_ident(datname), 'connection limit', datconnlimit::pg_catalog.text
  from pg_catalog.pg_database where datname = pg_catalog.current_database() and datconnlimit <> -1
  order by 1, 2`;
