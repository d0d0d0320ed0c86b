import { fileURLToPath } from 'node:url';
import { runner } from 'node-pg-migrate';

const directory = fileURLToPath(new URL('./migrations', import.meta.url));

/** Brings the catalog's schema up to date. Workers that start at the same moment take turns. */
export async function migrateCatalog(url: string): Promise<void> {
  await runner({
    databaseUrl: url,
    dir: directory,
    direction: 'up',
    migrationsSchema: 'tenantry',
    createMigrationsSchema: true,
    migrationsTable: 'migrations',
    advisoryLockMode: 'wait',
    logger: { debug: ignore, info: ignore, warn: ignore, error: ignore },
  });
}

/** What goes wrong is thrown as well; the library's own log lines repeat whole statements. */
function ignore(): void {}
