import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { runner } from 'node-pg-migrate';
import { expect, it, onTestFinished } from 'vitest';
import { type Catalog, openCatalog } from '../../catalog/catalog.js';
import { migrateCatalog } from '../../catalog/migrate.js';
import { createSeal, SealError } from '../../catalog/seal.js';
import type { Writer } from '../../catalog/tenant.js';
import { emptyDatabase } from '../support/catalog-database.js';
import { withClient } from '../support/sql.js';
import { namesOf, newcomer, sealKeys } from './test-catalog.js';

const keys = sealKeys('k1');

const migrations = fileURLToPath(new URL('../../catalog/migrations', import.meta.url));
const ofBefore = 2;

/** Up to the release that knew no generations, or from this one down to it. */
const migrate = (url: string, direction: 'up' | 'down') =>
  runner({
    databaseUrl: url,
    dir: migrations,
    direction,
    migrationsSchema: 'tenantry',
    createMigrationsSchema: true,
    migrationsTable: 'migrations',
    count: direction === 'up' ? ofBefore : readdirSync(migrations).length - ofBefore,
    logger: { debug() {}, info() {}, warn() {}, error() {} },
  });

/** Seals as the release did that knew no generations, and writes the row in the place of the one that is there. */
async function putAsBefore(url: string, { fleet, id }: Writer, secret: string): Promise<void> {
  const { keyId, nonce, ciphertext } = createSeal(keys).seal(secret, JSON.stringify([fleet, id, 'app']));
  await withClient(url, (client) =>
    client.query(
      `insert into tenantry.secrets (fleet, tenant_id, kind, key_id, nonce, ciphertext) values ($1, $2, 'app', $3, $4, $5)
       on conflict (fleet, tenant_id, kind) do update set nonce = $4, ciphertext = $5`,
      [fleet, id, keyId, nonce, ciphertext],
    ),
  );
}

/** A catalog of the release before, with one tenant's secret in it. */
async function catalogOfBefore(secret: string): Promise<{ url: string; acme: Writer; catalog: Catalog }> {
  const url = await emptyDatabase();
  await migrate(url, 'up');
  const acme = newcomer();
  const catalog = openCatalog({ url, sealKeys: keys });
  onTestFinished(() => catalog.close());
  const { plan, projectName, appRole } = namesOf(acme);
  await withClient(url, (client) =>
    client.query(
      `insert into tenantry.tenants (fleet, id, state, plan, project_name, app_role, run_id)
       values ($1, $2, 'provisioning', $3, $4, $5, $6)`,
      [acme.fleet, acme.id, plan, projectName, appRole, acme.runId],
    ),
  );
  await putAsBefore(url, acme, secret);
  return { url, acme, catalog };
}

it('what was sealed before there were generations opens, and is replaced as any other', async () => {
  const { url, acme, catalog } = await catalogOfBefore('of before');
  await migrateCatalog(url);
  expect(await catalog.secrets.open(acme, 'app')).toBe('of before');
  expect(await catalog.secrets.keep(acme, 'app', 'another')).toBe('of before');
  await catalog.secrets.put(acme, 'app', 'new');
  expect(await catalog.secrets.open(acme, 'app')).toBe('new');
});

it('what was sealed before there were generations does not open once it is put back, by whatever was there since', async () => {
  const { url, acme, catalog } = await catalogOfBefore('of before');
  await migrateCatalog(url);
  await putAsBefore(url, acme, 'older still');
  await expect(catalog.secrets.open(acme, 'app')).rejects.toThrow(SealError);
  await catalog.secrets.put(acme, 'app', 'new');
  await putAsBefore(url, acme, 'of before');
  await expect(catalog.secrets.open(acme, 'app')).rejects.toThrow(SealError);
});

it('the migration can be undone until something is sealed with a generation, and says so after', async () => {
  const { url, acme, catalog } = await catalogOfBefore('of before');
  await migrateCatalog(url);
  await migrate(url, 'down');
  await migrateCatalog(url);
  expect(await catalog.secrets.open(acme, 'app')).toBe('of before');
  await catalog.secrets.put(acme, 'app', 'new');
  await expect(migrate(url, 'down')).rejects.toThrow('cannot open');
  expect(await catalog.secrets.open(acme, 'app')).toBe('new');
});
