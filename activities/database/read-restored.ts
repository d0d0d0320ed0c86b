import pg from 'pg';
import { isTooMuch, type RestoredContents, type TableRead } from '../../tenancy/drill-evidence.js';
import type { Drills } from '../../tenancy/drills.js';
import { failure } from '../../tenancy/failures.js';
import { isPassing } from '../postgres-failure.js';
import { isPostgresError, wordsOf } from '../postgres-words.js';

/** The failure for a fault of a restored database. */
export function broken(message: string, sqlState?: string) {
  return failure('SnapshotBroken', message, sqlState === undefined ? {} : { details: { sqlState } });
}

interface Table {
  readonly schema: string;
  readonly name: string;
}

/**
 * Reads each row completely, from the heap and not from an index: an unreadable page ends the drill. No row
 * is read through a cast: a tenant may have defined a cast for a table's row type, which could do anything as
 * the owner.
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
    // Rows of inheriting tables are counted with those tables.
    const counted = await ofTable(table, (from) =>
      client.query<{ rows: string }>(
        `select pg_catalog.count(pg_catalog.record_out(t.*)) as rows from only ${from} t`,
      ),
    );
    tables.push({ table: `${table.schema}.${table.name}`, rows: Number(counted.rows[0]?.rows) });
  }
  return tables;
}

/** The newest row of each table that must have a recent one. */
export async function seeNewest(
  client: pg.Client,
  wanted: Drills['newest'],
  /** `isBehind`: the database lacks some migrations, and one of them may create the table. */
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

/** A value can be `infinity`, or a year without an ISO 8601 form; such a value is no time of a write. */
function newestOf(column: string, from: string): string {
  return `select pg_catalog.max(${column}::pg_catalog.timestamptz)
    filter (where ${column} >= '0001-01-02' and ${column} < '9999-12-31') as at from ${from}`;
}

/** It excludes views and the tenant's own types, because reading them would call the tenant's functions. */
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
