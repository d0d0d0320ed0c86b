import pg from 'pg';
import { isTooMuch, type RestoredContents, type TableRead } from '../../tenancy/drill-evidence.js';
import type { Drills } from '../../tenancy/drills.js';
import { failure } from '../../tenancy/failures.js';
import { isPassing } from '../postgres-failure.js';
import { isPostgresError, wordsOf } from '../postgres-words.js';

/** What is wrong with a restored database. */
export function broken(message: string, sqlState?: string) {
  return failure('SnapshotBroken', message, sqlState === undefined ? {} : { details: { sqlState } });
}

interface Table {
  readonly schema: string;
  readonly name: string;
}

/**
 * Reads each row whole, out of the heap and not from an index: a page that cannot be read ends the drill. None through a cast: a tenant
 * may have made one for the type of its table, and it would do as the owner what it liked.
 */
export async function readEveryRow(client: pg.Client): Promise<TableRead[]> {
  await client.query(
    'set local enable_indexscan = off; set local enable_indexonlyscan = off; set local enable_bitmapscan = off',
  );
  const { rows } = await client.query<Table>(
    `select n.nspname as schema, c.relname as name from pg_catalog.pg_class c
     join pg_catalog.pg_namespace n on n.oid = c.relnamespace
     where c.relkind in ('r', 'm') and c.relpersistence = 'p' and c.relispopulated
       and n.nspname not in ('pg_catalog', 'information_schema') and n.nspname !~ '^pg_'
     order by 1, 2`,
  );
  const tables: TableRead[] = [];
  for (const table of rows) {
    // Rows of tables that inherit from it are counted there.
    const counted = await ofTable(table, (from) =>
      client.query<{ rows: string }>(
        `select pg_catalog.count(pg_catalog.record_out(t.*)) as rows from only ${from} t`,
      ),
    );
    tables.push({ table: `${table.schema}.${table.name}`, rows: Number(counted.rows[0]?.rows) });
  }
  return tables;
}

/** The newest row of each table that must have a young one. */
export async function seeNewest(
  client: pg.Client,
  wanted: Drills['newest'],
  /** `isBehind`: there are migrations that it does not have, and a table may have come with one of them. */
  { takenAt, isBehind }: { readonly takenAt: Date; readonly isBehind: boolean },
): Promise<RestoredContents['newest']> {
  const newest: { table: string; at?: string }[] = [];
  for (const { schema, table: name, column, within } of wanted) {
    const table = `${schema}.${name}`;
    const is = await columnOf(client, { schema, name }, column);
    if (is === undefined && isBehind) {
      newest.push({ table });
      continue;
    }
    if (is !== 'a time') throw broken(`it has no table ${table} with a column "${column}" that is a time`);
    const { rows } = await ofTable({ schema, name }, (from) =>
      client.query<{ at: Date | null }>(newestOf(pg.escapeIdentifier(column), from)),
    );
    const at = rows[0]?.at ?? undefined;
    if (at !== undefined && takenAt.getTime() - at.getTime() > within)
      throw broken(
        `the newest row of ${table} is of ${at.toISOString()}, more than ${within} ms before the snapshot`,
      );
    newest.push({ table, ...(at === undefined ? {} : { at: at.toISOString() }) });
  }
  return newest;
}

/** A row may say `infinity`, or a year that has no ISO 8601: it is not when anything was written. */
function newestOf(column: string, from: string): string {
  return `select pg_catalog.max(${column}::pg_catalog.timestamptz)
    filter (where ${column} >= '0001-01-02' and ${column} < '9999-12-31') as at from ${from}`;
}

/** A view, and a type of the tenant's own, would have the tenant's functions called. */
async function columnOf(
  client: pg.Client,
  { schema, name }: Table,
  column: string,
): Promise<'a time' | 'something else' | undefined> {
  const { rows } = await client.query<{ isTime: boolean }>(
    `select c.relkind in ('r', 'p', 'm') and a.atttypid in
       ('pg_catalog.date'::pg_catalog.regtype, 'pg_catalog.timestamp'::pg_catalog.regtype,
        'pg_catalog.timestamptz'::pg_catalog.regtype) as "isTime"
     from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
     join pg_catalog.pg_attribute a on a.attrelid = c.oid
     where n.nspname = $1 and c.relname = $2 and a.attname = $3 and a.attnum > 0 and not a.attisdropped`,
    [schema, name, column],
  );
  const [found] = rows;
  return found && (found.isTime ? 'a time' : 'something else');
}

async function ofTable<T>({ schema, name }: Table, work: (from: string) => Promise<T>): Promise<T> {
  try {
    return await work(`${pg.escapeIdentifier(schema)}.${pg.escapeIdentifier(name)}`);
  } catch (error) {
    if (!isPostgresError(error) || isPassing(error) || isTooMuch(error.code)) throw error;
    throw broken(`table ${schema}.${name} cannot be read: ${wordsOf(error)}`, error.code);
  }
}
