/*
 * For how long an application cannot write while its tenant's database goes to another project: by the product's own move, and
 * by logical replication. Fails where a write that was acknowledged is missing afterwards.
 *
 *   npm run bench:moves [-- --megabytes 50,250,1024 --index ivfflat]
 *
 * `--megabytes` are of rows, to which their indexes come; `--index` of the vectors is `ivfflat`, `hnsw` or `none`. `before` is the
 * longest pause before writes are closed: where replication is enabled, every compute of the project restarts.
 */
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { openCatalog } from '../../catalog/catalog.js';
import { catalogEnvironment } from '../../catalog/environment.js';
import { connectTenantry } from '../../client/index.js';
import { startTestStack } from '../../local/testing.js';
import { withClient } from '../../test/support/sql.js';
import { loadFleet } from '../../worker/load-fleet.js';
import { printTable } from '../figures.js';
import { byMove } from './by-move.js';
import { byReplication } from './by-replication.js';
import { databaseMegabytes, fillDocuments } from './documents.js';
import type { Measured } from './measured.js';
import { neonCalls } from './neon-calls.js';

const { megabytes, index } = z
  .object({
    megabytes: z
      .string()
      .default('50,250,1024')
      .transform((list) => list.split(',').map(Number))
      .pipe(z.array(z.number().positive())),
    index: z.enum(['ivfflat', 'hnsw', 'none']).default('ivfflat'),
  })
  .parse(parseArgs({ options: { megabytes: { type: 'string' }, index: { type: 'string' } } }).values);

const config = fileURLToPath(new URL('./tenantry.config.ts', import.meta.url));
const stack = await startTestStack({ config });
const head = [
  'rows',
  'database',
  'way',
  'whole',
  'write gap',
  'of it compared',
  'gap uncompared',
  'before',
  'lost',
  'processor',
];
let lost = 0;
try {
  for (const size of megabytes) await measure(size);
} finally {
  await stack.stop();
}
if (lost > 0) throw new Error(`${lost} rows that were acknowledged are lost`);

async function measure(size: number): Promise<void> {
  const fleet = await loadFleet(config);
  const { environment } = stack;
  const { TENANTRY_CATALOG_URL: url, TENANTRY_SEAL_KEY: sealKeys } = catalogEnvironment.parse(environment);
  const catalog = openCatalog({ url, sealKeys });
  // A look at the catalog before each write: how long a client takes to notice a move is its own setting.
  const { tenantry, close } = await connectTenantry(fleet, environment, { freshForMs: 0 });
  try {
    const id = `rag-${size}`;
    await tenantry.execute.onboard({ id });
    const known = async () => {
      const tenant = await tenantry.get(id);
      const owner = tenant && (await catalog.secrets.open(tenant, 'owner'));
      if (tenant === undefined || owner === undefined) throw new Error('the tenant has no database');
      return { tenant, owner };
    };
    const database = await withClient((await known()).owner, async (client) => {
      await fillDocuments(client, size, index);
      return databaseMegabytes(client);
    });
    const moved = await byMove(tenantry, id);
    // As it was before the move: a vacuum that came by itself would be somebody else's work, and keep a restart waiting.
    await withClient((await known()).owner, (client) => client.query('vacuum analyze'));
    const replicated = await byReplication({
      ...(await known()),
      app: await tenantry.connectionString(id),
      neon: neonCalls(environment),
      binDir: environment.TENANTRY_POSTGRES_BIN ?? '',
    });
    lost += moved.lost + replicated.lost;
    const named = [`${size} MB`, `${database.toFixed(0)} MB`];
    // At once: a large one takes its time.
    printTable([
      head,
      [...named, 'move', ...cells(moved)],
      [...named, 'replication', ...cells(replicated)],
      [...named, 'against a move', ...ratios(replicated, moved)],
    ]);
  } finally {
    await Promise.all([close(), catalog.close()]);
  }
}

function cells({ whole, gap, compared, before, lost: rows, processor }: Measured): string[] {
  const seconds = (value: number) => `${value.toFixed(1)} s`;
  return [whole, gap, compared, gap - compared, before]
    .map(seconds)
    .concat([String(rows), seconds(processor)]);
}

function ratios(one: Measured, other: Measured): string[] {
  const ratio = (a: number, b: number) => `${(a / b).toFixed(2)}×`;
  const uncompared = ({ gap, compared }: Measured) => gap - compared;
  return [
    ratio(one.whole, other.whole),
    ratio(one.gap, other.gap),
    ratio(one.compared, other.compared),
    ratio(uncompared(one), uncompared(other)),
    '',
    '',
    ratio(one.processor, other.processor),
  ];
}
