/*
 * What lists of tenants and the gauges of metrics cost: npm run bench:list [-- --tenants 100000]. The rows are made by statements, with no
 * project behind them, and with what a metered fleet has besides: usage, events of which an endpoint waits for some, findings.
 */
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { performance } from 'node:perf_hooks';
import { parseArgs } from 'node:util';
import pg from 'pg';
import { z } from 'zod';
import { openCatalog } from '../../catalog/catalog.js';
import { migrateCatalog } from '../../catalog/migrate.js';
import { type ListOptions, TenantLists, type TenantQuery } from '../../client/tenant-lists.js';
import { startCatalogServer } from '../../local/catalog-server.js';
import { findToolchain } from '../../local/toolchain/toolchain.js';
import { insertFleet } from '../../test/catalog/listed-tenants.js';
import { median, printTable } from '../figures.js';

const { tenants } = z
  .object({ tenants: z.coerce.number().int().min(1_000).default(100_000) })
  .parse(parseArgs({ options: { tenants: { type: 'string' } } }).values);

const fleet = 'large';

const pages: Readonly<Record<string, ListOptions>> = {
  'by id': {},
  'by id, reversed': { sort: '-id' },
  'the newest': { sort: '-createdAt' },
  'those changed last': { sort: '-updatedAt' },
  'ready ones': { where: { state: 'ready' } },
  'failed ones, the newest': { where: { state: 'failed' }, sort: '-createdAt' },
  'of a plan': { where: { plan: 'team' } },
  'failed of a plan, changed last': { where: { plan: 'team', state: 'failed' }, sort: '-updatedAt' },
  'of a plan that nobody has': { where: { plan: 'gold' } },
  'in a region': { where: { region: 'aws-eu-central-1' } },
  'that need attention': { where: { attention: true } },
};

const stateDir = await mkdtemp(path.join(tmpdir(), 'tenantry-list-'));
await chmod(stateDir, 0o711);
const server = await startCatalogServer((await findToolchain()).catalogPostgres, stateDir);
const catalog = openCatalog({ url: server.url, sealKeys: new Map([['k', Buffer.alloc(32)]]) });
try {
  await migrateCatalog(server.url);
  const client = new pg.Client({ connectionString: server.url });
  await client.connect();
  const inserting = performance.now();
  await insertFleet(client, fleet, tenants);
  await insertSurroundings(client, fleet);
  console.log(`${tenants} tenants are there after ${((performance.now() - inserting) / 1_000).toFixed(0)} s`);
  await client.end();
  const plans = { free: {}, pro: {}, team: {}, gold: {} };
  const lists = new TenantLists(catalog.tenants, { name: fleet, plans });

  const rows: string[][] = [];
  for (const [name, options] of Object.entries(pages)) {
    const first = await lists.page(options);
    const middle = { ...options, after: await halfway(lists, options) };
    rows.push([name, String(first.tenants.length), await took(lists, options), await took(lists, middle)]);
  }
  printTable([[`a page of ${tenants} tenants`, 'tenants', 'the first, ms', 'from the middle, ms'], ...rows]);

  const readings: number[] = [];
  for (let each = 0; each < 31; each++) {
    const began = performance.now();
    await catalog.gauges(fleet, `${fleet}/tenantry`);
    readings.push(performance.now() - began);
  }
  console.log(
    `what a scrape of a worker reads: ${median(readings).toFixed(1)} ms, at best ${Math.min(...readings).toFixed(1)}`,
  );

  for (const query of [{}, { where: { state: 'ready' } }] satisfies TenantQuery[]) {
    const [began, processor] = [performance.now(), process.cpuUsage()];
    let [seen, peak] = [0, 0];
    for await (const _ of lists.all(query))
      if (++seen % 1_000 === 0) peak = Math.max(peak, process.memoryUsage.rss());
    const seconds = ((performance.now() - began) / 1_000).toFixed(1);
    const { user, system } = process.cpuUsage(processor);
    const counted = performance.now();
    await lists.count(query);
    console.log(
      `${JSON.stringify(query)}: all ${seen} in ${seconds} s, ${((user + system) / 1e6).toFixed(1)} s of this process' processor time, at most ${Math.round(peak / 2 ** 20)} MB; counted in ${Math.round(performance.now() - counted)} ms`,
    );
  }
} finally {
  await catalog.close();
  await server.stop();
  await rm(stateDir, { recursive: true, force: true });
}

/** Three hours of usage of each project, two events of each tenant, of which an endpoint is still to be sent the last thousand. */
async function insertSurroundings(client: pg.ClientBase, fleet: string): Promise<void> {
  await client.query(
    `insert into tenantry.usage
       select neon_id, date_trunc('hour', now(), 'UTC') - make_interval(hours => ago), fleet, tenant_id, 'free', 60, 0, 0, 0, 0, 0, 0, 1, now()
       from tenantry.projects, generate_series(1, 3) ago where fleet = $1`,
    [fleet],
  );
  await client.query(
    `insert into tenantry.events (fleet, tenant_id, type, data, position)
       select fleet, id, type, '{}', row_number() over ()
       from tenantry.tenants, (values ('tenant.onboarded'), ('tenant.migrated')) as of (type) where fleet = $1`,
    [fleet],
  );
  await client.query(
    `insert into tenantry.event_endpoints (fleet, id, url, cursor)
       select $1, 'bench', 'https://receiver.example', max(position) - 1000 from tenantry.events where fleet = $1`,
    [fleet],
  );
  await client.query(
    `insert into tenantry.findings (fleet, key, kind, tenant_id, message)
       select fleet, 'bench ' || id, 'plan', id, 'differs' from tenantry.tenants where fleet = $1 limit 200`,
    [fleet],
  );
  await client.query(
    'vacuum analyze tenantry.usage, tenantry.usage_projects, tenantry.events, tenantry.findings',
  );
}

/** The place in the middle of what matches. */
async function halfway(lists: TenantLists, options: ListOptions): Promise<string | undefined> {
  let left = Math.floor((await lists.count(options)) / 2);
  let after: string | undefined;
  while (left >= 1_000) {
    const page = await lists.page({ ...options, limit: 1_000, after });
    after = page.next;
    left -= 1_000;
  }
  return after;
}

async function took(lists: TenantLists, options: ListOptions): Promise<string> {
  const times: number[] = [];
  for (let each = 0; each < 15; each++) {
    const began = performance.now();
    await lists.page(options);
    times.push(performance.now() - began);
  }
  return median(times).toFixed(1);
}
