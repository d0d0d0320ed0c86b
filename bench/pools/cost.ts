/*
 * What `tenantry.pool()` costs a request, against `pg` alone, in the same run: npm run bench:pools [-- --queries 500]
 */
import { performance } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import pg from 'pg';
import { z } from 'zod';
import { connectTenantry, type PoolOptions } from '../../client/index.js';
import { startTestStack } from '../../local/testing.js';
import { loadFleet } from '../../worker/load-fleet.js';
import { median, printTable } from '../figures.js';

const { queries } = z
  .object({ queries: z.coerce.number().int().min(10).default(500) })
  .parse(parseArgs({ options: { queries: { type: 'string' } } }).values);

const config = fileURLToPath(new URL('../../tenantry.config.ts', import.meta.url));
const stack = await startTestStack({ config });
try {
  const fleet = await loadFleet(config);
  const connected = (pools?: PoolOptions) => connectTenantry(fleet, stack.environment, pools);
  const { tenantry, close } = await connected();
  await tenantry.execute.onboard({ id: 'acme' });
  const connectionString = await tenantry.connectionString('acme');

  const plain = new pg.Pool({ connectionString, max: 1 });
  const eager = await connected({ freshForMs: 0 });
  const warm = {
    'pg.Pool that is there': await times(queries, () => plain.query('select 1')),
    hit: await times(queries, async () => (await tenantry.pool('acme')).query('select 1')),
    'hit that looks at the catalog': await times(queries, async () =>
      (await eager.tenantry.pool('acme')).query('select 1'),
    ),
  };
  const cold = {
    'pg.Client that connects': await times(Math.ceil(queries / 10), async () => {
      const client = new pg.Client({ connectionString });
      await client.connect();
      await client.query('select 1');
      await client.end();
    }),
    miss: await times(Math.ceil(queries / 10), async () => {
      await (await tenantry.pool('acme')).query('select 1');
      await tenantry.close();
    }),
  };
  printTable([['a query', 'median ms', 'against pg alone'], ...rowsOf(warm), ...rowsOf(cold)]);
  await Promise.all([plain.end(), eager.close(), close()]);
} finally {
  await stack.stop();
}

/** How long each of so many repetitions takes, in milliseconds; the first ones warm up and do not count. */
async function times(count: number, work: () => Promise<unknown>): Promise<number[]> {
  const taken: number[] = [];
  for (let done = -10; done < count; done++) {
    const began = performance.now();
    await work();
    if (done >= 0) taken.push(performance.now() - began);
  }
  return taken;
}

/** The first is what the others are held against. */
function rowsOf(measured: Readonly<Record<string, readonly number[]>>): string[][] {
  const medians = Object.entries(measured).map(([name, taken]) => [name, median(taken)] as const);
  const baseline = medians[0]?.[1] ?? Number.NaN;
  return medians.map(([name, took]) => [name, took.toFixed(3), `${(took / baseline).toFixed(2)} x`]);
}
