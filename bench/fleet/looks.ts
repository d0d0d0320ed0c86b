/*
 * What looks at a large fleet and at a rollout of all of it cost, asked as a backend or a command asks: npm run bench:fleet:looks
 * [-- --tenants 100000] [--json figures.json]. Ends with 1 where one takes 100 ms at the median.
 */
import { randomBytes } from 'node:crypto';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { Client, Connection } from '@temporalio/client';
import pg from 'pg';
import { z } from 'zod';
import { openCatalog } from '../../catalog/catalog.js';
import { migrateCatalog } from '../../catalog/migrate.js';
import { TenantryClient } from '../../client/index.js';
import { startCatalogServer } from '../../local/catalog-server.js';
import { registeredSearchAttributes } from '../../local/registered-search-attributes.js';
import { startTemporalServer } from '../../local/temporal-server.js';
import { findToolchain } from '../../local/toolchain/toolchain.js';
import type { TenantId } from '../../tenancy/tenant-id.js';
import { insertFleet } from '../../test/catalog/listed-tenants.js';
import { waitingSteps } from '../../worker/check-catalog.js';
import { median, printTable } from '../figures.js';
import { timed } from '../timed.js';
import fleet from './tenantry.config.js';

const { tenants, json } = z
  .object({ tenants: z.coerce.number().int().min(1_000).default(100_000), json: z.string().optional() })
  .parse(parseArgs({ options: { tenants: { type: 'string' }, json: { type: 'string' } } }).values);

const times = 20;
const mostMs = 100;
/** As many of a turn's tenants have ended, and as many are taken. */
const inATurn = 10;
const parallel = 50;

const stateDir = await mkdtemp(path.join(tmpdir(), 'tenantry-looks-'));
await chmod(stateDir, 0o711);
const toolchain = await findToolchain();
const server = await startCatalogServer(toolchain.catalogPostgres, stateDir);
const temporal = await startTemporalServer({
  binary: toolchain.temporal,
  stateDir: path.join(stateDir, 'temporal'),
  headless: true,
  searchAttributes: registeredSearchAttributes,
});
const catalog = openCatalog({ url: server.url, sealKeys: new Map([['k', Buffer.alloc(32)]]) });
const connection = await Connection.connect({ address: temporal.address });
const taskQueue = 'looks';
const tenantry = new TenantryClient({ fleet, temporal: new Client({ connection }), catalog, taskQueue });
try {
  await migrateCatalog(server.url);
  const client = new pg.Client({ connectionString: server.url });
  await client.connect();
  await insertFleet(client, fleet.name, tenants);
  // Those in a passing state are asked after at Temporal, by ids of runs as it has them.
  await client.query(
    `update tenantry.tenants set run_id = gen_random_uuid(),
       schema_version = case state when 'ready' then '0001_notes' end`,
  );
  await client.query(
    `update tenantry.progress p set run_id = t.run_id from tenantry.tenants t where t.fleet = p.fleet and t.id = p.tenant_id`,
  );
  await client.query('vacuum full analyze tenantry.tenants, tenantry.progress');
  await client.end();

  const id = `migrate-${randomBytes(5).toString('hex')}`;
  const rollout = { fleet: fleet.name, id };
  await catalog.rollouts.begin({
    ...rollout,
    verb: 'migrate',
    request: { to: '0002_authors' },
    filter: {},
    waves: [{ size: '10%' }, {}],
    pace: { parallel, maxFailures: tenants },
    key: 'migrate',
  });
  const enrolled = await timed(async () => {
    while (!(await catalog.rollouts.enrol(fleet.name, id, { to: '0002_authors' })));
  });
  console.log(`enrolled ${tenants} in ${(enrolled / 1_000).toFixed(1)} s`);
  let turn = 0;
  const underWay: TenantId[] = [];
  const take = async () => {
    const ended = underWay
      .splice(0, inATurn)
      .map((tenantId) => ({ tenantId, outcome: 'succeeded' as const }));
    turn += 1;
    const { begin } = await catalog.rollouts.takeTurn({
      ...rollout,
      claim: `looks/${turn}`,
      holdsNone: false,
      isLast: false,
      ended,
    });
    underWay.push(...begin.map(({ tenantId }) => tenantId));
  };
  const first = await timed(take);
  console.log(`the first turn took ${Math.round(first)} ms`);
  const handle = await tenantry.fleet.get(id);

  const looks: Readonly<Record<string, () => Promise<unknown>>> = {
    'list: a page by id': () => tenantry.list(),
    'list: the newest': () => tenantry.list({ sort: '-createdAt' }),
    'list: failed ones': () => tenantry.list({ where: { state: 'failed' } }),
    'list: those that need attention': () => tenantry.list({ where: { attention: true } }),
    'list: how many there are': () => tenantry.count(),
    attention: () => tenantry.attention(),
    'status: what the stack waits for': () => waitingSteps(server.url, fleet.name, 10_000),
    'fleet status': () => tenantry.fleet.list(),
    'fleet status of a rollout': () => handle.status(),
    'fleet report: the first page of those that failed': () => handle.report({ states: ['failed'] }).next(),
    'fleet report: the first page of all': () => handle.report().next(),
    'fleet schema': () => tenantry.fleet.schema(),
    'fleet migrate --dry-run': () =>
      tenantry.fleet.preview({ verb: 'migrate', waves: [{ size: '10%' }, {}] }),
    'a turn of the rollout': take,
  };
  const figures: Record<string, number> = {};
  for (const [name, look] of Object.entries(looks)) {
    const taken: number[] = [];
    for (let each = 0; each < times; each++) taken.push(await timed(look));
    figures[name] = median(taken);
  }
  printTable([
    [`of ${tenants} tenants, all in one rollout`, `ms, median of ${times}`],
    ...Object.entries(figures).map(([name, ms]) => [name, ms.toFixed(1)]),
  ]);
  if (json !== undefined) await writeFile(json, `${JSON.stringify({ tenants, times, figures }, null, 2)}\n`);
  const slow = Object.entries(figures).filter(([, ms]) => ms >= mostMs);
  for (const [name] of slow) console.error(`${name} takes ${mostMs} ms or more`);
  process.exitCode = slow.length === 0 ? 0 : 1;
} finally {
  await tenantry.close();
  await Promise.all([connection.close(), catalog.close()]);
  await temporal.stop('SIGKILL');
  await server.stop();
  await rm(stateDir, { recursive: true, force: true });
}
