import { Kysely, sql } from 'kysely';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CatalogDialect } from '../../catalog/dialect.js';
import type { CatalogSchema } from '../../catalog/schema.js';
import { countTenants, type PageRequest, type Position, tenantPage } from '../../catalog/tenant-page.js';
import { attentionTo } from '../../client/attention.js';
import { type TenantFilter, tenantFilterSchema } from '../../tenancy/tenant-filter.js';
import { type TenantSort, tenantSorts } from '../../tenancy/tenant-sort.js';
import { withClient } from '../support/sql.js';
import { tenantIdOf } from '../tenancy/tenant-id-of.js';
import { explained, type Statement } from './explained.js';
import { insertFleet } from './listed-tenants.js';
import { testCatalog } from './test-catalog.js';

const test = testCatalog();
const tenants = 20_000;

let db: Kysely<CatalogSchema>;
let statement: Statement;

beforeAll(async () => {
  await withClient(test.url, async (client) => {
    await insertFleet(client, 'other', 2_000);
    await insertFleet(client, 'large', tenants);
    await client.query(
      `insert into tenantry.resources (fleet, tenant_id, kind, name, project_id, neon_id, trouble)
       values ('large', 'tenant-0000042', 'branch', 'copy', 'p', 'b', 'Neon does not let it go')`,
    );
  });
  db = new Kysely<CatalogSchema>({
    dialect: new CatalogDialect({ pool: new pg.Pool({ connectionString: test.url, max: 1 }) }),
    log: ({ query }) => {
      statement = query;
    },
  }).withSchema('tenantry');
});

afterAll(() => db.destroy());

const asked = (
  sort: TenantSort,
  filter: TenantFilter = {},
  page: { limit?: number; after?: Position | undefined } = {},
): PageRequest => ({ filter: tenantFilterSchema.parse(filter), sort, limit: 100, ...page });

async function idsOf(sort: TenantSort, filter: TenantFilter = {}, limit = 1_000): Promise<string[]> {
  const ids: string[] = [];
  let after: Position | undefined;
  do {
    const page = await tenantPage(db, 'large', asked(sort, filter, { limit, after }));
    ids.push(...page.tenants.map(({ id }) => id));
    after = page.next;
  } while (after !== undefined);
  return ids;
}

const orderBy: Readonly<Record<TenantSort, string>> = {
  id: 'id collate "C"',
  '-id': 'id collate "C" desc',
  createdAt: 'created_at, id collate "C"',
  '-createdAt': 'created_at desc, id collate "C" desc',
  updatedAt: 'updated_at, id collate "C"',
  '-updatedAt': 'updated_at desc, id collate "C" desc',
};

async function matching(condition: string, sort: TenantSort = 'id'): Promise<string[]> {
  const rows = await test.rows(
    `select id from tenantry.tenants where fleet = 'large' and ${condition} order by ${orderBy[sort]}`,
  );
  return rows.map(({ id }) => String(id));
}

describe('pages of tenants', () => {
  it.each(tenantSorts)('are all of the fleet, each once, ordered by %s', async (sort) => {
    expect(await idsOf(sort)).toEqual(await matching('true', sort));
  });

  const day = '2024-01-01T01:00:00Z';
  const filters: [string, TenantFilter, string][] = [
    ['a state', { state: 'failed' }, `state = 'failed'`],
    ['states', { state: ['updating', 'suspended'] }, `state in ('updating', 'suspended')`],
    ['a plan and a state', { plan: 'team', state: 'suspended' }, `plan = 'team' and state = 'suspended'`],
    ['the type of a failure', { failure: 'MigrationFailed' }, `failure ->> 'type' = 'MigrationFailed'`],
    ['the beginning of an id', { idPrefix: 'tenant-00012' }, `starts_with(id, 'tenant-00012')`],
    ['the time since when', { createdSince: day }, `created_at >= '${day}'`],
    ['the time before which', { createdBefore: day }, `created_at < '${day}'`],
    [
      'a day of changes',
      { updatedSince: '2024-03-01', updatedBefore: '2024-03-02' },
      `updated_at >= '2024-03-01Z' and updated_at < '2024-03-02Z'`,
    ],
    ['a region', { region: 'aws-eu-central-1' }, `right(id, 1) = '0'`],
    ['nothing that there is', { plan: 'gold' }, 'false'],
  ];

  it.each(filters)('are those that match %s', async (_, filter, condition) => {
    const ids = await matching(condition);
    expect(await idsOf('id', filter)).toEqual(ids);
    expect(await countTenants(db, 'large', asked('id', filter))).toBe(ids.length);
  });

  it('are those that need attention by the rule of `attentionTo`, or all others', async () => {
    await test.rows(
      `update tenantry.tenants set failure = '{"type":"DatabaseOverQuota","message":"used up"}'
       where id in ('tenant-0000011', 'tenant-0000103', 'tenant-0000107')`,
    );
    const needing: string[] = [];
    let after: Position | undefined;
    do {
      const page = await tenantPage(db, 'large', asked('id', {}, { limit: 1_000, after }));
      needing.push(...page.tenants.filter((tenant) => attentionTo(tenant)).map(({ id }) => id));
      after = page.next;
    } while (after !== undefined);
    // Over its quota, ready and suspended; of one that failed, something graver is the matter.
    expect(needing).toContain('tenant-0000011');
    expect(needing).toContain('tenant-0000103');
    expect(needing).not.toContain('tenant-0000107');
    // Left in the middle, in trouble with a project, and with a copy.
    expect(needing).toContain('tenant-0004000');
    expect(needing).toContain('tenant-0005001');
    expect(needing).toContain('tenant-0000042');
    expect(await idsOf('id', { attention: true })).toEqual(needing);
    const others = await idsOf('-createdAt', { attention: false });
    expect(others).toHaveLength(tenants - needing.length);
    expect(others).not.toContain('tenant-0000042');
  });

  it('stay whole while tenants before and behind the place come and go', async () => {
    const first = await tenantPage(db, 'large', asked('id', { state: 'suspended' }, { limit: 3 }));
    expect(first.tenants.map(({ id }) => id)).toEqual(['tenant-0000003', 'tenant-0000053', 'tenant-0000103']);
    await db
      .transaction()
      .execute(async (tx) => {
        await tx
          .deleteFrom('tenants')
          .where('id', 'in', ['tenant-0000003', 'tenant-0000103'].map(tenantIdOf))
          .execute();
        await sql`insert into tenantry.tenants (fleet, id, state, plan, app_role, run_id)
        values ('large', 'tenant-0000001a', 'suspended', 'free', 'a', 'r'),
          ('large', 'tenant-0000104', 'suspended', 'free', 'b', 'r')
        on conflict (fleet, id) do update set state = 'suspended'`.execute(tx);
        const next = await tenantPage(
          tx,
          'large',
          asked('id', { state: 'suspended' }, { limit: 2, after: first.next }),
        );
        expect(next.tenants.map(({ id }) => id)).toEqual(['tenant-0000104', 'tenant-0000153']);
        await sql`select 1 / 0`.execute(tx);
      })
      .catch((error: Error) => expect(error.message).toBe('division by zero'));
  });

  it('keep apart what was made in one millisecond', async () => {
    await withClient(test.url, (client) =>
      client.query(
        `insert into tenantry.tenants (fleet, id, state, plan, app_role, run_id, created_at)
         select 'swift', 'tenant ' || n, 'ready', 'free', 'swift' || n, 'r',
           timestamptz '2024-01-01' + n / 2 * interval '1 microsecond'
         from generate_series(1, 9) n`,
      ),
    );
    const seen: string[] = [];
    let after: Position | undefined;
    do {
      const page = await tenantPage(db, 'swift', asked('-createdAt', {}, { limit: 1, after }));
      seen.push(...page.tenants.map(({ id }) => id.slice(-1)));
      after = page.next;
    } while (after !== undefined);
    expect(seen.join('')).toBe('987654321');
  });

  it('order ids by code point', async () => {
    await withClient(test.url, (client) =>
      client.query(
        `insert into tenantry.tenants (fleet, id, state, plan, app_role, run_id)
         select 'worded', id, 'ready', 'free', 'worded' || id, 'r' from unnest(array['é', 'b', 'C', 'a b', 'a', 'c', 'a-b', '💥']) id`,
      ),
    );
    const listed = await tenantPage(db, 'worded', asked('id'));
    expect(listed.tenants.map(({ id }) => id)).toEqual(['C', 'a', 'a b', 'a-b', 'b', 'c', 'é', '💥']);
    expect((await tenantPage(db, 'worded', asked('id', { idPrefix: 'a' }))).tenants).toHaveLength(3);
  });
});

describe('a page is read from an index', () => {
  const middle: Readonly<Record<TenantSort, Position>> = {
    id: { id: 'tenant-0010000' },
    '-id': { id: 'tenant-0010000' },
    createdAt: { id: 'x', time: '2024-01-01T03:00:00Z' },
    '-createdAt': { id: 'x', time: '2024-01-01T03:00:00Z' },
    updatedAt: { id: 'x', time: '2024-03-01T03:00:00Z' },
    '-updatedAt': { id: 'x', time: '2024-03-01T03:00:00Z' },
  };
  const filters: [string, TenantFilter][] = [
    ['nothing', {}],
    ['a common state', { state: 'ready' }],
    ['a rare state', { state: 'updating' }],
    ['a plan', { plan: 'pro' }],
    ['a plan that nobody has', { plan: 'gold' }],
    ['a plan and a state', { plan: 'team', state: 'failed' }],
    ['a failure', { failure: 'HookFailed' }],
    ['attention', { attention: true }],
    ['no attention', { attention: false }],
    ['a region', { region: 'aws-eu-central-1' }],
    ['the beginning of an id', { idPrefix: 'tenant-00012' }],
  ];
  const cases = tenantSorts.flatMap((sort) => filters.map(([name, filter]) => ({ sort, name, filter })));

  const window: TenantFilter = {
    createdSince: '2024-01-01T02:00:00Z',
    createdBefore: '2024-01-01T02:10:00Z',
  };
  // In another order, Postgres may rather look at all for those of the window.
  for (const sort of ['createdAt', '-createdAt'] as const)
    cases.push({ sort, name: 'a time', filter: window });

  it.each(cases)('ordered by $sort, with $name asked for', async ({ sort, filter }) => {
    await tenantPage(db, 'large', asked(sort, filter, { after: middle[sort] }));
    const plan = await withClient(test.url, (client) => explained(client, statement));
    expect(plan.sequential).toEqual([]);
    // A fifth of what there is would be a scan by another name.
    expect(plan.mostRows).toBeLessThan(tenants / 5);
  });
});
