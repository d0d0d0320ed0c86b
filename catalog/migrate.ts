import { fileURLToPath } from 'node:url';
import { runner } from 'node-pg-migrate';
import type pg from 'pg';
import { leave, makeClient } from '../connections/open-client.js';

const directory = fileURLToPath(new URL('../catalog/migrations', import.meta.url));

/** Brings the catalog's schema up to date. Workers that start at the same moment take turns. */
export async function migrateCatalog(url: string): Promise<void> {
  // A connection that the library opened itself would end the process when it breaks.
  const dbClient = makeClient({ connectionString: url, connectMs: 10_000, applicationName: 'tenantry' });
  try {
    await dbClient.connect();
    await apply(dbClient);
  } finally {
    await leave(dbClient);
  }
}

async function apply(dbClient: pg.Client): Promise<void> {
  await runner({
    dbClient,
    dir: directory,
    direction: 'up',
    migrationsSchema: 'tenantry',
    createMigrationsSchema: true,
    migrationsTable: 'migrations',
    advisoryLockMode: 'wait',
    logger: { debug: ignore, info: ignore, warn: ignore, error: ignore },
  });
}

/** Errors are thrown anyway, and the library's log lines would repeat whole statements. */
function ignore(): void {}
