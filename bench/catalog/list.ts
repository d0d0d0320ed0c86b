/*
 * What lists of tenants and the gauges of metrics cost: npm run bench:list [-- --tenants 1000000]. The rows are made by statements, with no project behind them.
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
  .object({ tenants: z.coerce.number().int().min(1_000).default(1_000_000) })
  .parse(parseArgs({ options: { tenants: { type: 'string' } } }).values);

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
  await insertFleet(client, 'large', tenants);
  await client.end();
  const lists = new TenantLists(catalog.tenants, { name: 'large', plans: { free: {}, pro: {}, team: {} } });

  const rows: string[][] = [];
  for (const [name, options] of Object.entries(pages)) {
    const first = await lists.page(options);
    const middle = { ...options, after: await halfway(lists, options) };
    rows.push([name, String(first.tenants.length), await took(lists, options), await took(lists, middle)]);
  }
  printTable([[`a page of ${tenants} tenants`, 'tenants', 'the first, ms', 'from the middle, ms'], ...rows]);

  const readings: number[] = [];
  for (let each = 0; each < 15; each++) {
    const began = performance.now();
    await catalog.gauges('large', 'large/tenantry');
    readings.push(performance.now() - began);
  }
  console.log(`what a scrape of a worker reads: ${median(readings).toFixed(1)} ms`);

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
