import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { runner } from 'node-pg-migrate';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type Catalog, openCatalog } from '../../catalog/catalog.js';
import { migrateCatalog } from '../../catalog/migrate.js';
import { emptyDatabase } from '../support/catalog-database.js';
import { withClient } from '../support/sql.js';
import { namesOf, newcomer, sealKeys } from './test-catalog.js';

function open(url: string): Catalog {
  const catalog = openCatalog({ url, sealKeys: sealKeys('k1') });
  onTestFinished(() => catalog.close());
  return catalog;
}

async function migrationsOf(url: string): Promise<string[]> {
  const { rows } = await withClient(url, (client) =>
    client.query<{ name: string }>('select name from tenantry.migrations order by id'),
  );
  return rows.map(({ name }) => name);
}

describe('migrating a catalog', () => {
  it('makes it out of an empty database, in a schema of its own', async () => {
    const url = await emptyDatabase();
    await migrateCatalog(url);
    expect(await open(url).tenants.page('rag', { filter: {}, sort: 'id', limit: 1 })).toEqual({
      tenants: [],
    });
    const { rows } = await withClient(url, (client) =>
      client.query(`select 1 from pg_tables where schemaname = 'public'`),
    );
    expect(rows).toEqual([]);
  });

  it('a second time does nothing', async () => {
    const url = await emptyDatabase();
    await migrateCatalog(url);
    const catalog = open(url);
    const writer = newcomer();
    await catalog.tenants.beginOnboarding(writer, namesOf(writer));
    const tenant = await catalog.tenants.get(writer);
    const before = await migrationsOf(url);
    await migrateCatalog(url);
    expect(before).toContain('0001_tenants');
    expect(await migrationsOf(url)).toEqual(before);
    expect(await catalog.tenants.get(writer)).toEqual(tenant);
  });

  it('is done once when many workers start at the same moment', async () => {
    const url = await emptyDatabase();
    await Promise.all(Array.from({ length: 5 }, () => migrateCatalog(url)));
    const names = await migrationsOf(url);
    expect(names).toEqual([...new Set(names)]);
    expect(names).toContain('0001_tenants');
  });

  it('takes the indexes that were built before it, as docs/deploying.md says for a large catalog', async () => {
    const page = await readFile(new URL('../../docs/deploying.md', import.meta.url), 'utf8');
    const [lists = '', old = ''] = page.split('Migration `0019`');
    const statementsIn = (text: string) => text.match(/^create index concurrently[^;]+;/gm) ?? [];
    const url = await emptyDatabase();
    await migrateCatalog(url);
    const indexes = () =>
      withClient(url, async (client) => {
        const { rows } = await client.query<{ definition: string }>(
          "select indexdef as definition from pg_indexes where schemaname = 'tenantry' order by indexname",
        );
        return rows.map(({ definition }) => definition);
      });
    const migrated = await indexes();
    // As the releases before left it.
    for (const [left, statements, count] of [
      ['0018', statementsIn(old), 4],
      ['0007', statementsIn(lists), 10],
    ] as const) {
      await backTo(url, left);
      await withClient(url, async (client) => {
        for (const statement of statements) await client.query(statement);
      });
      expect(statements).toHaveLength(count);
      await migrateCatalog(url);
      expect(await indexes()).toEqual(migrated);
    }
  });

  it('fails where there is no database', async () => {
    const url = new URL(await emptyDatabase());
    url.pathname = '/nowhere';
    await expect(migrateCatalog(url.href)).rejects.toThrow('"nowhere" does not exist');
  });
});

/** Takes back the catalog's migrations after that one. */
async function backTo(url: string, number: string): Promise<void> {
  const dir = fileURLToPath(new URL('../../catalog/migrations', import.meta.url));
  const later = (await readdir(dir)).filter((file) => file.slice(0, number.length) > number);
  await runner({
    databaseUrl: url,
    dir,
    direction: 'down',
    count: later.length,
    migrationsSchema: 'tenantry',
    migrationsTable: 'migrations',
    singleTransaction: true,
    log: () => {},
  });
}

describe('the installation', () => {
  it('has an id that stays, whoever asks and however often it is migrated', async () => {
    const url = await emptyDatabase();
    await migrateCatalog(url);
    const id = await open(url).installation();
    await migrateCatalog(url);
    expect(id).toMatch(/^[0-9a-f-]{36}$/);
    expect(await open(url).installation()).toBe(id);
  });

  it('is one in a catalog', async () => {
    const url = await emptyDatabase();
    await migrateCatalog(url);
    await withClient(url, async (client) => {
      const second = client.query('insert into tenantry.installation default values');
      await expect(second).rejects.toThrow('duplicate key');
      const otherwise = client.query('insert into tenantry.installation (one) values (false)');
      await expect(otherwise).rejects.toThrow('check constraint');
    });
  });

  it('is another in another catalog', async () => {
    const urls = [await emptyDatabase(), await emptyDatabase()];
    for (const url of urls) await migrateCatalog(url);
    const [one, other] = await Promise.all(urls.map((url) => open(url).installation()));
    expect(one).not.toBe(other);
  });

  it('has no id before the catalog is migrated', async () => {
    await expect(open(await emptyDatabase()).installation()).rejects.toThrow('does not exist');
  });
});
