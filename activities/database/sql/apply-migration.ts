import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { failure } from '../../../tenancy/failures.js';
import type { ConcurrentIndex, MigrationScript } from '../../../tenancy/migration-script.js';
import { isPostgresError } from '../../postgres-words.js';
import { unhurried } from '../tenant-database.js';
import { noteMigration } from './ledger.js';
import { runScript } from './run-script.js';

export interface Migration {
  /** The file's name without `.sql`. */
  readonly name: string;
  readonly sha256: string;
  readonly script: MigrationScript;
}

export interface MigrationLimits {
  /** The timeout of a statement, in milliseconds. A file may set another. */
  readonly statementMs: number;
  /**
   * How long a statement in a transaction waits for a lock: every later request for that lock, above all the
   * application's, waits behind it.
   */
  readonly lockMs: number;
}

/** Observes what a file does. It is called in the file's own session. */
export interface MigrationObserver {
  /** Right before the file's statements, on each attempt and within its transaction. */
  begins(client: pg.Client): Promise<void>;
  /** Right after them, before the ledger has the file's row. */
  ran(client: pg.Client, inTransaction: boolean): Promise<void>;
  /** The ledger's row is committed. */
  committed(client: pg.Client): Promise<void>;
}

/**
 * Applies one file as if it came alone: session settings of one file do not reach the next, because a tenant
 * that gets the next file in a later deploy does not have them. Throws the Postgres error.
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

/**
 * Another session holds a lock that the file needs, or the two deadlocked: a few attempts at random intervals
 * get through.
 */
const lockStates = new Set(['55P03', '40P01']);
const mostTries = 10;
const longestPauseMs = 1_000;

/** Applies the file's statements and its ledger row together, or neither. */
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
    await runScript(client, migration.script.up);
    // The file may have switched to a role that cannot reach the ledger.
    await client.query('reset role');
    await observer?.ran(client, true);
    await noteMigration(client, migration);
    await client.query('commit');
  } catch (error) {
    await client.query('rollback').catch(() => {});
    throw error;
  }
}

/**
 * Applies one statement outside a transaction, and then adds its ledger row: the statement may run twice, and
 * is safe to repeat.
 */
async function applyAlone(
  client: pg.Client,
  migration: Migration,
  _limits: MigrationLimits,
  observer?: MigrationObserver,
): Promise<void> {
  const { up, index } = migration.script;
  await observer?.begins(client);
  if (index !== undefined) await dropInvalid(client, index);
  await runScript(client, up);
  // `if not exists` accepts the invalid index that a failed attempt left.
  if (index !== undefined && (await invalidIndexes(client, index)).length > 0)
    throw failure('MigrationFailed', `the index ${index.name} is there and invalid: drop it, and try again`);
  await observer?.ran(client, false);
  await noteMigration(client, migration);
}

/** An interrupted attempt leaves an invalid index, which obstructs the next attempt. */
async function dropInvalid(client: pg.Client, index: ConcurrentIndex): Promise<void> {
  for (const name of await invalidIndexes(client, index))
    await client.query(`drop index concurrently if exists ${name}`);
}

/** As SQL names. Postgres truncates a long name, and so does the cast. */
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
