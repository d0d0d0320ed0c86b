import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { cancellationSignal } from '@temporalio/activity';
import { runner } from 'node-pg-migrate';
import pg from 'pg';
import { failure } from '../tenancy/failures.js';
import { appGroupName } from '../tenancy/naming.js';
import { withFleetSession } from './database/fleet-session.js';
import { inTurn, ownSchema } from './database/turn.js';
import type { Dependencies } from './dependencies.js';
import { heartbeatWhile } from './heartbeat.js';
import { knownSecret } from './known-secret.js';
import { isPassing } from './postgres-failure.js';
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
  return async ({ tenant, timings }: TenantStep): Promise<string | undefined> => {
    const folder = fleet.migrations;
    if (folder === undefined) return undefined;
    const owner = await knownSecret(catalog, tenant, 'owner');
    const signal = cancellationSignal();
    const apply = async (client: pg.Client) => {
      await migrate(client, folder);
      return newestMigration(client);
    };
    const work = withTenantDatabase(owner, signal, (guard) =>
      inTurn(guard, () => withFleetSession(owner, appGroupName(tenant.id), signal, apply)),
    );
    return heartbeatWhile(timings.heartbeat / 3, work);
  };
}

async function migrate(client: pg.Client, folder: string): Promise<void> {
  let current = '';
  const note = (line: string) => {
    current = /### MIGRATION (.+) \(UP\) ###/.exec(line)?.[1] ?? current;
  };
  try {
    await runner({
      dbClient: client,
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
    if (!(error instanceof Error) || isPassing(error)) throw error;
    throw await migrationFailed(error, folder, current);
  }
}

async function migrationFailed(error: Error, folder: string, migration: string) {
  if (migration === '') {
    // The library puts a whole stack into this message.
    const [sentence] = error.message.split('\n');
    return failure('MigrationFailed', `the migrations cannot begin: ${sentence}`);
  }
  const file = `${migration}.sql`;
  const line =
    error instanceof pg.DatabaseError ? await lineOf(path.join(folder, file), error.position) : undefined;
  const where = line === undefined ? file : `${file}, line ${line}`;
  return failure('MigrationFailed', `migration ${where}: ${error.message}`, {
    details: {
      file,
      ...(line === undefined ? {} : { line }),
      ...(error instanceof pg.DatabaseError && error.code !== undefined ? { sqlState: error.code } : {}),
    },
  });
}

/** The line of a file at which Postgres found fault. Its position counts from where the up migration begins. */
async function lineOf(file: string, position: string | undefined): Promise<number | undefined> {
  if (position === undefined) return undefined;
  const content = await readFile(file, 'utf8');
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
