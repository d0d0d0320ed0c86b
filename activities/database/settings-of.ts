import pg from 'pg';
import { withTenantDatabase } from '../tenant-database.js';
import { inTurn } from './turn.js';

/** What sessions in a database begin with, and what is said of it: no dump has either. */
export interface DatabaseSettings {
  readonly settings: readonly Setting[];
  readonly comment?: string;
}

export interface Setting {
  /** Whose it is, in words of SQL: `database app`, `role app_owner in database app`. */
  readonly on: string;
  readonly name: string;
  /** As Postgres keeps it. */
  readonly value: string;
}

/** Settings of the database itself, and of these roles and of the present one, in it and everywhere. */
export async function settingsOf(client: pg.Client, roles: readonly string[]): Promise<DatabaseSettings> {
  const { rows: settings } = await client.query<Setting>(settingsQuery, [roles]);
  const { rows } = await client.query<{ comment: string | null }>(
    `select pg_catalog.shobj_description(oid, 'pg_database') as comment from pg_catalog.pg_database
     where datname = pg_catalog.current_database()`,
  );
  const comment = rows[0]?.comment ?? undefined;
  return { settings, ...(comment === undefined ? {} : { comment }) };
}

/** Gives one database what the other has. What the one has besides is left: Neon may give a new one settings of its own. */
export async function carrySettings(
  from: string,
  to: string,
  roles: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  const wanted = await withTenantDatabase(from, signal, (client) => settingsOf(client, roles));
  await withTenantDatabase(to, signal, async (client) => {
    const present = await settingsOf(client, roles);
    const missing = missingSettings(present, wanted);
    const comment = wanted.comment === present.comment ? undefined : wanted.comment;
    if (missing.length === 0 && comment === undefined) return;
    await inTurn(client, async () => {
      for (const setting of missing) await giveSetting(client, setting);
      if (comment !== undefined) await giveComment(client, comment);
    });
  });
}

/** What one database lacks of what the other has, in words: `search_path of database app`. */
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

async function giveSetting(client: pg.Client, { on, name, value }: Setting): Promise<void> {
  const quoted = name
    .split('.')
    .map((part) => pg.escapeIdentifier(part))
    .join('.');
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

/** A list is kept as one text, and as one name it would be taken. */
const lists = new Set(['search_path', 'temp_tablespaces']);

async function giveComment(client: pg.Client, comment: string): Promise<void> {
  const { rows } = await client.query<{ name: string }>(
    'select pg_catalog.quote_ident(pg_catalog.current_database()) as name',
  );
  for (const { name } of rows)
    await client.query(`comment on database ${name} is ${pg.escapeLiteral(comment)}`);
}

/** The one that keeps everybody from writing while a tenant is moved is ours, and not carried. */
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
    or r.rolname = current_user or r.rolname = any($1)
  order by 1, 2`;
