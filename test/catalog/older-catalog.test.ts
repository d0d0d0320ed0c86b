import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Catalog, openCatalog } from '../../catalog/catalog.js';
import { migrateCatalog } from '../../catalog/migrate.js';
import { parseSealKeys } from '../../catalog/seal.js';
import { emptyDatabase } from '../support/catalog-database.js';
import { withClient } from '../support/sql.js';
import { tenantIdOf } from '../tenancy/tenant-id-of.js';

/*
 * A catalog as it was when it had two migrations, dumped from an installation on an emulator: tenants that are ready,
 * moved, suspended, offboarded, failed, and one that was erased.
 */
const dump = fileURLToPath(new URL('./fixtures/before-projects-were-rows.sql', import.meta.url));

/** What it was sealed with, and what was sealed. Neither opens anything any more. */
const sealKey = 'local:MomMc3OvjWiTSf4j8Ta6Y3WQ0kuaH08T5IdQG9dqCzs=';
const sealed = {
  ready:
    'postgresql://tenant_ready_jddkkedp44hv_a:Ml6Bv8nntsZAwvApDheCgNQt2m5bhLFU@127.0.0.1:15736/app?sslmode=disable',
  moved:
    'postgresql://tenant_moved_yxrjz52h7550_a:Hd_GT9s4lyXpDe_nwX8g8K3fB4GiBTNU@127.0.0.1:15045/app?sslmode=disable',
  copy: 'postgresql://support_support_1638evzxrccz:ZZzy3ufatYpDl0gX4pVxC5zP-i96d_dO@127.0.0.1:17718/app?sslmode=disable',
} as const;

const keyOf = (id: string) => ({ fleet: 'recorded', id: tenantIdOf(id) });

interface Counts {
  readonly tenants: string[];
  readonly history: string;
  readonly secrets: string;
}

let catalog: Catalog;
let before: Counts;
let after: Counts;

beforeAll(async () => {
  const url = await emptyDatabase();
  const counts = () =>
    withClient(url, async (client) => {
      const { rows } = await client.query<Counts>(
        `select array(select id from tenantry.tenants order by id) as tenants,
           (select count(*) from tenantry.history) as history, (select count(*) from tenantry.secrets) as secrets`,
      );
      return rows[0] as Counts;
    });
  await withClient(url, async (client) => client.query(await readFile(dump, 'utf8')));
  before = await counts();
  await migrateCatalog(url);
  after = await counts();
  catalog = openCatalog({ url, sealKeys: parseSealKeys(sealKey) });
});

afterAll(() => catalog.close());

describe('a catalog from before projects were rows', () => {
  it('keeps every tenant, every line of history and every secret', async () => {
    expect(before.tenants).toEqual(['failed', 'moved', 'offboarded', 'ready', 'suspended']);
    expect(after).toEqual(before);
    expect(await catalog.secrets.open(keyOf('ready'), 'app')).toBe(sealed.ready);
    expect(await catalog.secrets.open(keyOf('moved'), 'app')).toBe(sealed.moved);
    expect(await catalog.secrets.open(keyOf('ready'), 'branch:support')).toBe(sealed.copy);
    const listed = await catalog.tenants.page('recorded', { filter: {}, sort: 'id', limit: 10 });
    expect(listed.tenants.map(({ id }) => id)).toEqual(after.tenants);
    for (const tenant of listed.tenants)
      for (const { kind } of await catalog.secrets.kinds(tenant))
        expect(await catalog.secrets.open(tenant, kind)).toMatch(/^postgresql:/);
  });

  it('has a row for every project, with what it is to its tenant', async () => {
    const rolesOf = async (id: string) =>
      (await catalog.projects.list(keyOf(id))).map(({ role, neonId }) => [role, neonId !== undefined]);
    expect(await rolesOf('ready')).toEqual([['live', true]]);
    expect(await rolesOf('suspended')).toEqual([['live', true]]);
    expect((await rolesOf('moved')).sort()).toEqual([
      ['former', true],
      ['live', true],
    ]);
    expect(await rolesOf('offboarded')).toEqual([['gone', false]]);
    expect(await rolesOf('failed')).toEqual([['gone', false]]);
    for (const id of ['ready', 'moved', 'suspended']) {
      const tenant = await catalog.tenants.get(keyOf(id));
      const live = (await catalog.projects.list(keyOf(id))).find(({ role }) => role === 'live');
      expect(tenant).toMatchObject({ projectId: live?.neonId, projectName: live?.name });
    }
  });

  it('knows when the former project and the copy are due, and the tenant can go back', async () => {
    const former = (await catalog.projects.list(keyOf('moved'))).find(({ role }) => role === 'former');
    expect(former?.dueAt).toBeInstanceOf(Date);
    const due = await catalog.duties.due('recorded', { most: 10, mostLooks: 10, againMs: 1 });
    // It was dumped long ago.
    expect(due.branches).toMatchObject([{ tenantId: 'ready', name: 'support' }]);
    expect(due.projects).toMatchObject([{ tenantId: 'moved', name: former?.name }]);
    expect(due.passing).toEqual([]);
    const { runId, workflowId } = { runId: 'later', workflowId: 'tenant/test' };
    const writer = { ...keyOf('moved'), runId, workflowId };
    await catalog.operations.begin(writer, 'undoMove', {});
    expect(await catalog.switchProject(writer, { projectId: former?.neonId ?? '', keepMs: 1 })).toBeDefined();
    expect(await catalog.tenants.get(writer)).toMatchObject({ projectId: former?.neonId });
  });
});
