/*
 * How long a sign-up waits, from `onboard()` to a query as the tenant's own role, with a pool and without one, in the same
 * run; and what fifty sign-ups of the same moment get from a pool of twenty. The emulator takes the seconds that Neon
 * takes: npm run bench:pool [-- --each 20 --at-once 50]
 */
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import pg from 'pg';
import { z } from 'zod';
import { connectTenantry, type TenantryClient } from '../../client/index.js';
import { startTestStack } from '../../local/testing.js';
import { ratesOf } from '../../tenancy/neon-prices.js';
import { loadFleet } from '../../worker/load-fleet.js';
import { median, printTable } from '../figures.js';

const whole = z.coerce.number().int().min(1);
const { each, 'at-once': atOnce } = z
  .object({ each: whole.default(20), 'at-once': whole.default(50) })
  .parse(parseArgs({ options: { each: { type: 'string' }, 'at-once': { type: 'string' } } }).values);

const branchesReply = z.object({ branches: z.array(z.object({ logical_size: z.number().optional() })) });
const usageReply = z.object({
  usage: z.array(z.object({ project_id: z.string(), compute_unit_seconds: z.number() })),
});
const rates = ratesOf('launch');
const seconds = (ms: number) => (ms / 1000).toFixed(2);

const config = fileURLToPath(new URL('tenantry.config.ts', import.meta.url));
const stack = await startTestStack({ config, profile: 'realistic' });
try {
  const fleet = await loadFleet(config);
  const size = fleet.plans.pooled?.pool?.size ?? 0;
  const { tenantry, close } = await connectTenantry(fleet, stack.environment);
  const catalog = new pg.Client({ connectionString: stack.environment.TENANTRY_CATALOG_URL });
  // The stack stops with the measurement, also after a failure, which is what should be read then.
  catalog.on('error', () => {});
  await catalog.connect();
  const pool = async (): Promise<string[]> => {
    const { rows } = await catalog.query<{ neon_id: string }>(
      `select p.neon_id from tenantry.projects p join tenantry.pool_projects q on q.name = p.name
       where q.ready_at is not null`,
    );
    return rows.map(({ neon_id }) => neon_id);
  };
  const untilFull = async () => {
    const began = performance.now();
    while ((await pool()).length < size) await sleep(500);
    return (performance.now() - began) / 1000;
  };

  const filledIn = await untilFull();
  const cost = await costOfPool(await pool());
  printTable([
    [`a pool of ${size}, by the prices of Launch`, ''],
    ['data of one project, MB', (cost.bytes / 1e6).toFixed(1)],
    ['storage of all in a month, USD', ((size * cost.bytes * rates.storageGbMonth) / 1e9).toFixed(3)],
    ['compute to make one, CU seconds', cost.unitSeconds.toFixed(1)],
    [
      'compute to make a thousand, USD',
      ((1_000 * cost.unitSeconds * rates.computeUnitHour) / 3_600).toFixed(3),
    ],
  ]);
  // The first onboarding of a worker loads what later ones find loaded.
  await signUp(tenantry, 'warm-up', 'plain');
  const taken = { pooled: [] as number[], plain: [] as number[] };
  for (let index = 0; index < each; index += 1)
    for (const plan of ['pooled', 'plain'] as const)
      taken[plan].push(await signUp(tenantry, `${plan}-${index}`, plan));
  printTable([
    ['one after the other', 'p50 s', 'p95 s', 'against none'],
    row('no pool', taken.plain, taken.plain),
    row(`pool of ${size}`, taken.pooled, taken.plain),
  ]);

  await untilFull();
  const before = new Set(await pool());
  const together = await Promise.all(
    Array.from({ length: atOnce }, (_, index) => signUp(tenantry, `together-${index}`, 'pooled')),
  );
  const projects = await Promise.all(
    Array.from({ length: atOnce }, async (_, index) => (await tenantry.get(`together-${index}`))?.projectId),
  );
  const fromPool = projects.filter((id) => id !== undefined && before.has(id)).length;
  printTable([
    [`${atOnce} at once, pool of ${size}`, ''],
    ['ready', String(together.length)],
    ['different projects', String(new Set(projects).size)],
    ['of the pool', String(fromPool)],
    ['p50 s', seconds(median(together))],
    ['p95 s', seconds(percentile(together, 0.95))],
    ['the pool was first filled in s', filledIn.toFixed(1)],
  ]);
  await catalog.end();
  await close();
} finally {
  await stack.stop();
}

/** The mean over these projects, by the emulator's books: the size of the data, and what their computes have used. */
async function costOfPool(
  ids: readonly string[],
): Promise<{ readonly bytes: number; readonly unitSeconds: number }> {
  const { NEON_API_HOST, NEON_API_KEY } = stack.environment;
  let bytes = 0;
  for (const id of ids) {
    const reply = await fetch(`${NEON_API_HOST}/projects/${id}/branches`, {
      headers: { authorization: `Bearer ${NEON_API_KEY}` },
    });
    const { branches } = branchesReply.parse(await reply.json());
    for (const { logical_size = 0 } of branches) bytes += logical_size;
  }
  const { usage } = usageReply.parse(await (await fetch(`${stack.emulatorControlUrl}/usage`)).json());
  const used = usage.filter(({ project_id }) => ids.includes(project_id));
  const unitSeconds = used.reduce((sum, { compute_unit_seconds }) => sum + compute_unit_seconds, 0);
  return { bytes: bytes / ids.length, unitSeconds: unitSeconds / ids.length };
}

/** In milliseconds. */
async function signUp(tenantry: TenantryClient, id: string, plan: string): Promise<number> {
  const began = performance.now();
  await tenantry.execute.onboard({ id, plan });
  const client = new pg.Client({ connectionString: await tenantry.connectionString(id) });
  await client.connect();
  await client.query('select count(*) from documents');
  const took = performance.now() - began;
  await client.end();
  return took;
}

function row(name: string, own: readonly number[], other: readonly number[]): string[] {
  return [
    name,
    seconds(median(own)),
    seconds(percentile(own, 0.95)),
    `${(median(own) / median(other)).toFixed(2)} times`,
  ];
}

function percentile(values: readonly number[], part: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * part) - 1)] ?? Number.NaN;
}
