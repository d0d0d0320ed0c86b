import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { failure } from '../../../tenancy/failures.js';
import type { ConcurrentIndex, MigrationScript } from '../../../tenancy/migration-script.js';
import { isPostgresError } from '../../postgres-words.js';
import { unhurried } from '../tenant-database.js';
import { noteMigration } from './ledger.js';

export interface Migration {
  /** The file's name without `.sql`. */
  readonly name: string;
  readonly sha256: string;
  readonly script: MigrationScript;
}

export interface MigrationLimits {
  /** How long a statement may take, in milliseconds. A file may set another. */
  readonly statementMs: number;
  /** How long one in a transaction waits for a lock: all that come after it for that lock wait behind it, the application first. */
  readonly lockMs: number;
}

/** Whoever looks at what a file does. It is called in the file's own session. */
export interface MigrationObserver {
  /** Right before the file's statements: of every try, and within its transaction. */
  begins(client: pg.Client): Promise<void>;
  /** Right after them, before the ledger has the file's line. */
  ran(client: pg.Client, inTransaction: boolean): Promise<void>;
  /** The ledger has it for good. */
  committed(client: pg.Client): Promise<void>;
}

/**
 * Applies one file as if it came alone: what one sets for its session is not the next one's, for a tenant that gets the
 * next in a later deploy has none of it. Throws what Postgres says.
 */
export async function applyMigration(
  client: pg.Client,
  migration: Migration,
  limits: MigrationLimits,
  observer?: MigrationObserver,
): Promise<void> {
  const apply = migration.script.inTransaction ? applyWhole : applyAlone;
  for (let tries = 1; ; tries += 1) {
    await client.query('discard all');
    await unhurried(client);
    await client.query('set search_path = public');
    await client.query(`set statement_timeout = ${limits.statementMs}`);
    try {
      await apply(client, migration, limits, observer);
      await observer?.committed(client);
      return;
    } catch (error) {
      if (tries === mostTries || !isPostgresError(error) || !lockStates.has(error.code)) throw error;
      await sleep(longestPauseMs * Math.random());
    }
  }
}

/** Somebody has a lock that it needs, or the two had each other's: with a few tries, in no step with anybody's, it comes through. */
const lockStates = new Set(['55P03', '40P01']);
const mostTries = 10;
const longestPauseMs = 1_000;

/** Its statements and its line in the ledger, all of them or none. */
async function applyWhole(
  client: pg.Client,
  migration: Migration,
  { lockMs }: MigrationLimits,
  observer?: MigrationObserver,
): Promise<void> {
  await client.query('begin');
  try {
    await client.query(`set local lock_timeout = ${lockMs}`);
    await observer?.begins(client);
    await client.query(migration.script.up);
    // It may have taken a role that does not reach the ledger.
    await client.query('reset role');
    await observer?.ran(client, true);
    await noteMigration(client, migration);
    await client.query('commit');
  } catch (error) {
    await client.query('rollback').catch(() => {});
    throw error;
  }
}

/** One statement that no transaction holds, and then its line: it may be done twice, and is such that it can. */
async function applyAlone(
  client: pg.Client,
  migration: Migration,
  _limits: MigrationLimits,
  observer?: MigrationObserver,
): Promise<void> {
  const { up, index } = migration.script;
  await observer?.begins(client);
  if (index !== undefined) await dropInvalid(client, index);
  await client.query(up);
  // `if not exists` takes an index for done that a try left of no use.
  if (index !== undefined && (await invalidIndexes(client, index)).length > 0)
    throw failure('MigrationFailed', `the index ${index.name} is there and invalid: drop it, and try again`);
  await observer?.ran(client, false);
  await noteMigration(client, migration);
}

/** A try that broke off leaves an index that is of no use, and is in the way of the next. */
async function dropInvalid(client: pg.Client, index: ConcurrentIndex): Promise<void> {
  for (const name of await invalidIndexes(client, index))
    await client.query(`drop index concurrently if exists ${name}`);
}

/** As names in SQL. Postgres cuts a name that is too long, and so does the cast. */
async function invalidIndexes(client: pg.Client, { name, table }: ConcurrentIndex): Promise<string[]> {
  const { rows } = await client.query<{ index: string }>(
    `select i.indexrelid::pg_catalog.regclass::pg_catalog.text as index
     from pg_catalog.pg_index i join pg_catalog.pg_class c on c.oid = i.indexrelid
     where not i.indisvalid and i.indrelid = pg_catalog.to_regclass($1)
       and c.relname = (pg_catalog.parse_ident($2)::pg_catalog.name[])[1]`,
    [table, name],
  );
  return rows.map(({ index }) => index);
}
