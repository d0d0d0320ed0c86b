/*
 * What lists of tenants, the gauges of metrics and a claim cost, and how large a catalog is: npm run bench:list [-- --tenants 100000 --hours 3].
 * The rows are made by statements, with no project behind them: what an onboarding leaves, and what a metered fleet has besides, usage,
 * events of which an endpoint waits for some, and findings.
 */
import { randomUUID } from 'node:crypto';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { performance } from 'node:perf_hooks';
import { parseArgs } from 'node:util';
import pg from 'pg';
import { z } from 'zod';
import { openCatalog } from '../../catalog/catalog.js';
import { migrateCatalog } from '../../catalog/migrate.js';
import type { Writer } from '../../catalog/tenant.js';
import { type ListOptions, TenantLists, type TenantQuery } from '../../client/tenant-lists.js';
import { startCatalogServer } from '../../local/catalog-server.js';
import { findToolchain } from '../../local/toolchain/toolchain.js';
import type { TenantId } from '../../tenancy/tenant-id.js';
import { insertFleet } from '../../test/catalog/listed-tenants.js';
import { waitingSteps } from '../../worker/check-catalog.js';
import { median, printTable } from '../figures.js';
import { timed } from '../timed.js';
import { insertLeftovers, withRealNames } from './leftovers.js';
import { bytesPerTenant, tableSizes } from './sizes.js';

const { tenants, hours } = z
  .object({
    tenants: z.coerce.number().int().min(1_000).default(100_000),
    hours: z.coerce.number().int().min(1).default(3),
  })
  .parse(parseArgs({ options: { tenants: { type: 'string' }, hours: { type: 'string' } } }).values);

const fleet = 'large';
/** How often what is timed is repeated. */
const times = 31;

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
  // The server stops with the measurement, also after a failure, which is what should be read then.
  client.on('error', () => {});
  await client.connect();
  const inserting = performance.now();
  await insertFleet(client, fleet, tenants);
  await withRealNames(client, fleet);
  await insertLeftovers(client, fleet);
  await insertSurroundings(client, fleet);
  console.log(`${tenants} tenants are there after ${((performance.now() - inserting) / 1_000).toFixed(0)} s`);
  const sizes = await tableSizes(client);
  printTable([
    [`a catalog of ${tenants} tenants`, 'rows', 'table, MB', 'indexes, MB', 'bytes a row'],
    ...sizes.map(({ table, rows, bytes, indexBytes }) => [
      table,
      String(rows),
      (bytes / 1e6).toFixed(0),
      (indexBytes / 1e6).toFixed(0),
      ((bytes + indexBytes) / rows).toFixed(0),
    ]),
  ]);
  console.log(
    `a tenant without usage and events: ${bytesPerTenant(sizes, tenants).toFixed(0)} bytes, indexes included`,
  );
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
  for (let each = 0; each < times; each++) {
    const began = performance.now();
    await catalog.gauges(fleet, `${fleet}/tenantry`);
    readings.push(performance.now() - began);
  }
  console.log(
    `what a scrape of a worker reads: ${median(readings).toFixed(1)} ms, at best ${Math.min(...readings).toFixed(1)}`,
  );

  const key = (n: number) => ({ fleet, id: `tenant-${String(n).padStart(7, '0')}` as TenantId });
  const writer = (n: number) => ({ ...key(n), workflowId: `tenant/${fleet}/${n}`, runId: randomUUID() });
  // A tenant whose number ends with 1 is ready.
  const apart = Math.floor(tenants / times / 10) * 10;
  const runs = Array.from({ length: times }, (_, n) => writer(n * apart + 1));
  const claims: Readonly<Record<string, (n: number) => Promise<unknown>>> = {
    'a tenant by its id': (n) => catalog.tenants.get(key((n * 7_919) % tenants)),
    'what a run claims, for a new tenant': (n) =>
      catalog.tenants.beginOnboarding(writer(tenants + 1 + n), {
        plan: 'free',
        projectName: `claimed-${n}`,
        appRole: `claimed_${n}`,
      }),
    'what a run claims, for an operation': (n) => catalog.operations.begin(runs[n] as Writer, 'migrate', {}),
    'what a run releases': (n) => catalog.operations.succeed(runs[n] as Writer, 'migrate', { detail: {} }),
    "the sweep's look at what is due": () =>
      catalog.duties.due(fleet, { most: 20, mostLooks: 200, againMs: 3_600_000 }),
    'status: what the stack waits for': () => waitingSteps(server.url, fleet, 60_000),
    'the next hundred projects to be metered': () =>
      catalog.usage.next(fleet, { projects: 100, frames: 5_000, reachMs: 601_200_000, leaseMs: 60_000 }),
    'how far the metering is': () => catalog.usage.progress(fleet),
  };
  const claimed: string[][] = [];
  for (const [name, claim] of Object.entries(claims)) {
    const taken: number[] = [];
    for (let n = 0; n < times; n++) taken.push(await timed(() => claim(n)));
    claimed.push([name, median(taken).toFixed(1), Math.max(...taken).toFixed(1)]);
  }
  printTable([[`of ${tenants} tenants, ${times} times`, 'median, ms', 'at most'], ...claimed]);

  const month = { from: new Date(Date.now() - 31 * 86_400_000), to: new Date() };
  const sums: number[] = [];
  for (let each = 0; each < 3; each++) sums.push(await timed(() => catalog.usage.report(fleet, month, 10)));
  console.log(
    `what the budgets add up after each reading, ${hours * tenants} hours of usage: ${(median(sums) / 1_000).toFixed(1)} s`,
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

/** Hours of usage of each project and a day, two events of each tenant, of which an endpoint is still to be sent the last thousand. */
async function insertSurroundings(client: pg.ClientBase, fleet: string): Promise<void> {
  await client.query(
    `insert into tenantry.usage
       select neon_id, date_trunc('hour', now(), 'UTC') - make_interval(hours => ago), fleet, tenant_id, 'free', 60, 0, 0, 0, 0, 0, 0, 1, now()
       from tenantry.projects, generate_series(1, $2::integer) ago where fleet = $1`,
    [fleet, hours],
  );
  await client.query(
    `insert into tenantry.usage_days
       select neon_id, date_trunc('day', now(), 'UTC') - interval '70 days', 24, fleet, tenant_id, 'free', 1440, 0, 0, 0, 0, 0, 0, 24
       from tenantry.projects where fleet = $1`,
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
    'vacuum analyze tenantry.usage, tenantry.usage_days, tenantry.usage_projects, tenantry.events, tenantry.findings',
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
