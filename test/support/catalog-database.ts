import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { inject } from 'vitest';
import { migrateCatalog } from '../../catalog/migrate.js';
import { databaseAt, withClient } from './sql.js';

/** Makes an empty database; returns its address. */
export function emptyDatabase(
  serverUrl = inject('ground').catalogServerUrl,
  name = `catalog_${randomBytes(6).toString('hex')}`,
): Promise<string> {
  return makeDatabase(serverUrl, name);
}

/** Makes a catalog with all of its migrations; returns its address. */
export async function migratedCatalog(
  serverUrl = inject('ground').catalogServerUrl,
  name = `catalog_${randomBytes(6).toString('hex')}`,
): Promise<string> {
  const { catalogServerUrl, catalogTemplate } = inject('ground');
  if (serverUrl !== catalogServerUrl) {
    const url = await makeDatabase(serverUrl, name);
    await migrateCatalog(url);
    return url;
  }
  const url = await makeDatabase(
    serverUrl,
    name,
    `template ${pg.escapeIdentifier(catalogTemplate)} strategy file_copy`,
  );
  // Each catalog is an installation of its own.
  await withClient(url, (client) =>
    client.query('update tenantry.installation set id = pg_catalog.gen_random_uuid()'),
  );
  return url;
}

async function makeDatabase(serverUrl: string, name: string, like = ''): Promise<string> {
  await withClient(serverUrl, (client) =>
    client.query(`create database ${pg.escapeIdentifier(name)} ${like}`),
  );
  return databaseAt(serverUrl, name);
}
