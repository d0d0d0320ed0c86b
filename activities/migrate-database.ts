import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { cancellationSignal } from '@temporalio/activity';
import { runner } from 'node-pg-migrate';
import type pg from 'pg';
import { failure } from '../tenancy/failures.js';
import { flawInWords, flawsOfMigrations } from '../tenancy/migration-files.js';
import { appGroupName } from '../tenancy/naming.js';
import { withFleetSession } from './database/fleet-session.js';
import { inTurn, ownSchema } from './database/turn.js';
import type { Dependencies } from './dependencies.js';
import { readMigrations } from './fleet-migrations.js';
import { heartbeatWhile } from './heartbeat.js';
import { knownSecret } from './known-secret.js';
import { isPassingForMigration } from './postgres-failure.js';
import { isPostgresError, wordsOf } from './postgres-words.js';
import { withTenantDatabase } from './tenant-database.js';
import type { TenantStep } from './tenant-step.js';

/** Where the ledger of a tenant's migrations is kept: out of the way of the tenant's own role. */
export const ledgerSchema = ownSchema;
export const ledgerTable = 'migrations';

/** Anything but `.sql` files in the folder is left alone. */
const notSql = '(?!.*\\.sql$).*';

/**
 * Applies the fleet's migrations as the owner, each file at most once. A turn, which a second
 * connection holds, keeps an attempt that was taken for dead from running beside the next.
 * Returns the name of the newest migration applied; none when the fleet has none.
 */
export function migrateDatabase({ catalog, fleet }: Dependencies) {
  return async ({ tenant }: TenantStep): Promise<string | undefined> => {
    const folder = fleet.migrations;
    if (folder === undefined) return undefined;
    // Before anything is touched.
    await refuseFlaws(folder);
    const owner = await knownSecret(catalog, tenant, 'owner');
    const signal = cancellationSignal();
    const apply = async (client: pg.Client) => {
      await migrate(client, folder);
      return newestMigration(client);
    };
    const work = withTenantDatabase(owner, signal, (guard) =>
      inTurn(guard, () => withFleetSession(owner, appGroupName(tenant.id), signal, apply)),
    );
    return heartbeatWhile(work);
  };
}

async function refuseFlaws(folder: string): Promise<void> {
  const [flaw] = flawsOfMigrations(await readMigrations(folder));
  if (flaw === undefined) return;
  const { file, line } = flaw;
  throw failure('MigrationFailed', `migration ${flawInWords(flaw)}`, {
    details: { file, ...(line === undefined ? {} : { line }) },
  });
}

async function migrate(client: pg.Client, folder: string): Promise<void> {
  let current = '';
  let begun = true;
  const refusals: Error[] = [];
  const note = (line: string) => {
    const next = /### MIGRATION (.+) \(UP\) ###/.exec(line)?.[1];
    if (next === undefined) return;
    current = next;
    begun = false;
  };
  // What one file has set for its session is not the next one's: alone, in a later deploy, it would not have it.
  const before = async () => {
    if (begun) return;
    begun = true;
    await client.query('discard all');
    await client.query('set search_path = public');
  };
  try {
    await runner({
      dbClient: listening(client, before, (error) => void refusals.push(error)),
      dir: folder,
      ignorePattern: notSql,
      direction: 'up',
      migrationsSchema: ledgerSchema,
      createMigrationsSchema: true,
      migrationsTable: ledgerTable,
      // Its own lock is one that anybody in the database can hold.
      noLock: true,
      logger: { info: note, warn: () => {}, error: () => {} },
    });
  } catch (error) {
    // The library puts some errors of the database into the text of another, stack and all.
    if (!(error instanceof Error)) throw error;
    const cause = refusals.find(({ message }) => error.message.includes(message)) ?? error;
    if (isPassingForMigration(cause)) throw cause;
    throw await migrationFailed(cause, folder, current);
  }
}

/** The client, with what is done before each statement, and someone who hears of each that fails. */
function listening(client: pg.Client, before: () => Promise<void>, hear: (error: Error) => void): pg.Client {
  return new Proxy(client, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name);
      if (typeof member !== 'function') return member;
      if (name !== 'query') return member.bind(target);
      return async (...args: unknown[]): Promise<unknown> => {
        try {
          await before();
          return await Reflect.apply(member, target, args);
        } catch (error) {
          if (error instanceof Error) hear(error);
          throw error;
        }
      };
    },
  });
}

async function migrationFailed(error: Error, folder: string, migration: string) {
  const sqlState = isPostgresError(error) ? { sqlState: error.code } : {};
  if (migration === '') {
    const words = isPostgresError(error) ? wordsOf(error) : error.message.split('\n')[0];
    return failure('MigrationFailed', `the migrations cannot begin: ${words}`, { details: sqlState });
  }
  const file = `${migration}.sql`;
  const text = await readFile(path.join(folder, file), 'utf8').catch(() => undefined);
  const line = isPostgresError(error) ? lineOf(text, error.position) : undefined;
  const where = line === undefined ? file : `${file}, line ${line}`;
  const words = isPostgresError(error) ? wordsOf(error, text) : error.message;
  return failure('MigrationFailed', `migration ${where}: ${words}`, {
    details: { file, ...(line === undefined ? {} : { line }), ...sqlState },
  });
}

/** The line of a file at which Postgres found fault. Its position counts from where the up migration begins. */
function lineOf(content: string | undefined, position: string | undefined): number | undefined {
  if (content === undefined || position === undefined) return undefined;
  const start = Math.max(content.search(/^\s*--[\s-]*up\s+migration/im), 0);
  return content.slice(0, start + Number(position) - 1).split('\n').length;
}

/** The name of the newest migration in the ledger; none where there is none yet. */
export async function newestMigration(client: pg.Client): Promise<string | undefined> {
  const { rows } = await client.query<{ name: string }>(
    `select name from ${ledgerSchema}.${ledgerTable} order by id desc limit 1`,
  );
  return rows[0]?.name;
}
