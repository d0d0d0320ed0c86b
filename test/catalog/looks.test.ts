import { Kysely } from 'kysely';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createBackupRecords } from '../../catalog/backups.js';
import { CatalogDialect } from '../../catalog/dialect.js';
import { readGauges } from '../../catalog/gauges.js';
import { createRollouts } from '../../catalog/rollouts.js';
import type { CatalogSchema } from '../../catalog/schema.js';
import { createStalls } from '../../catalog/stalls.js';
import type { TenantId } from '../../tenancy/tenant-id.js';
import { withClient } from '../support/sql.js';
import { explained, type Statement } from './explained.js';
import { insertFleet } from './listed-tenants.js';
import { testCatalog } from './test-catalog.js';

/* What looks at a large fleet, and at a rollout of all of it, is read from indexes: a lost one fails here. */

const test = testCatalog();
const tenants = 20_000;
const fleet = 'large';
const id = 'migrate-all';
const parallel = 50;

let db: Kysely<CatalogSchema>;
let statements: Statement[] = [];
const underWay: TenantId[] = [];
let turns = 0;

beforeAll(async () => {
  await withClient(test.url, async (client) => {
    await insertFleet(client, 'other', 2_000);
    await insertFleet(client, fleet, tenants);
    await client.query(
      `update tenantry.tenants set schema_version = '0001_notes' where state = 'ready' and fleet = '${fleet}'`,
    );
    await client.query('vacuum analyze tenantry.tenants');
  });
  db = new Kysely<CatalogSchema>({
    dialect: new CatalogDialect({ pool: new pg.Pool({ connectionString: test.url, max: 1 }) }),
    log: ({ query }) => {
      statements.push(query);
    },
  }).withSchema('tenantry');
  const rollouts = createRollouts(db);
  await rollouts.begin({
    fleet,
    id,
    verb: 'migrate',
    request: { to: '0002_authors' },
    filter: {},
    waves: [{ size: '10%' }, {}],
    pace: { parallel, maxFailures: tenants },
    key: 'migrate',
  });
  while (!(await rollouts.enrol(fleet, id, { to: '0002_authors' })));
});
afterAll(() => db.destroy());

/** A turn in which half of those that are under way have ended. */
async function takeTurn() {
  turns += 1;
  const ended = underWay
    .splice(0, parallel / 2)
    .map((tenantId) => ({ tenantId, outcome: 'succeeded' as const }));
  const turn = { fleet, id, claim: `turn-${turns}`, holdsNone: false, isLast: false, ended };
  const { begin } = await createRollouts(db).takeTurn(turn);
  underWay.push(...begin.map(({ tenantId }) => tenantId));
}

const large = ['tenants', 'projects', 'progress', 'rollout_tenants', 'history', 'events'];

/** What the statements of a look read from end to end, and the most rows that a part of one looked at. */
async function cost(look: () => Promise<unknown>) {
  statements = [];
  await look();
  const done = statements.filter(({ sql }) => !/^(begin|commit)/.test(sql));
  expect(done.length).toBeGreaterThan(0);
  const plans = await withClient(test.url, async (client) => {
    const all = [];
    for (const each of done) all.push(await explained(client, each));
    return all;
  });
  return {
    sequential: plans.flatMap(({ sequential }) => sequential).filter((table) => large.includes(table)),
    mostRows: Math.max(...plans.map(({ mostRows }) => mostRows)),
  };
}

describe('without a look at every tenant', () => {
  it('a turn of a rollout takes those that are next', async () => {
    await takeTurn();
    expect(underWay).toHaveLength(parallel);
    const { sequential, mostRows } = await cost(takeTurn);
    expect(underWay).toHaveLength(parallel);
    expect(sequential).toEqual([]);
    expect(mostRows).toBeLessThan(10 * parallel);
  });

  it('those that may need a person are found', async () => {
    const limits = { stillMs: 20_000, limit: 1_000 };
    const { sequential, mostRows } = await cost(() => createStalls(db).of(fleet, limits));
    expect(sequential).toEqual([]);
    // A hundredth of them has failed.
    expect(mostRows).toBeLessThan(tenants / 50);
  });

  it('those that are due for a backup are found, and those that have missed one', async () => {
    await withClient(test.url, async (client) => {
      await client.query(
        `update tenantry.tenants set backed_up_at = now() - make_interval(hours => case when id like '%111' then 30 else 1 end)`,
      );
      await client.query('vacuum analyze tenantry.tenants');
    });
    const backups = createBackupRecords(db);
    const day = { every: 86_400_000, keep: 7 };
    const policies = [
      ['free', day],
      ['pro', day],
    ] as const;
    let due: readonly unknown[] = [];
    const looks = [
      async () => {
        due = await backups.due(fleet, policies, { limit: 100, lookMs: 900_000 });
      },
      () => backups.overdue(fleet, policies, { limit: 100, lookMs: 900_000 }),
      () => backups.unknownPlans(fleet, ['free', 'pro', 'team']),
    ];
    for (const look of looks) {
      const { sequential, mostRows } = await cost(look);
      expect(sequential).toEqual([]);
      expect(mostRows).toBeLessThan(100);
    }
    expect(due.length).toBeGreaterThan(10);
  });

  it('the states of rollouts are told, and pages of their tenants', async () => {
    const rollouts = createRollouts(db);
    for (const look of [
      () => rollouts.list(fleet, 100),
      () => rollouts.get(fleet, id),
      () => rollouts.members(fleet, id, { limit: 100 }),
      () => rollouts.members(fleet, id, { states: ['failed'], limit: 100 }),
    ]) {
      const { sequential, mostRows } = await cost(look);
      expect(sequential).toEqual([]);
      expect(mostRows).toBeLessThan(200);
    }
  });

  it('the gauges look at the tenants and the events that they are about, and count the rest by their states', async () => {
    await withClient(test.url, async (client) => {
      await client.query(
        `insert into tenantry.events (fleet, tenant_id, type, data, position)
         select fleet, id, 'tenant.onboarded', '{}', row_number() over () from tenantry.tenants where fleet = '${fleet}'`,
      );
      await client.query(
        `insert into tenantry.event_endpoints (fleet, id, url, cursor) values ('${fleet}', 'nearly', 'https://a.test/', ${tenants - 100})`,
      );
      await client.query('vacuum analyze tenantry.events');
    });
    let gauges: Awaited<ReturnType<typeof readGauges>> | undefined;
    const { sequential } = await cost(async () => {
      gauges = await readGauges(db, fleet, 'a queue');
    });
    // And the one of the rollout's beginning, which has no place in the log yet.
    expect(gauges?.events.nearly?.waiting).toBe(100 + 1);
    expect(gauges?.attention.failed).toBe(tenants / 100);
    expect(sequential).toEqual(['tenants']);
  });
});
