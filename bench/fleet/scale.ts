/*
 * How a rollout bears many tenants, of which none has a database: a migration of all, in the middle of which worker, Temporal,
 * catalog and emulator are killed, twice each. A tenth of them are migrated first, to hold memory against.
 *
 *   npm run bench:fleet [-- --tenants 10000] [--parallel 50] [--json figures.json]
 *
 * Ends with 1 where a tenant was not treated exactly once, a history is longer than 5,000 events or 2 MB, or the memory of the
 * worker or of the process that follows is more than 1.2 times what it is at a tenth.
 */
import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { printTable } from '../figures.js';
import { type Measured, measureRollout } from './measured-rollout.js';

const number = z.coerce.number().int();
const { tenants, parallel, json } = z
  .object({
    tenants: number.min(1_000).default(1_000),
    parallel: number.min(1).default(50),
    json: z.string().optional(),
  })
  .parse(
    parseArgs({
      options: { tenants: { type: 'string' }, parallel: { type: 'string' }, json: { type: 'string' } },
    }).values,
  );

const bounds = { events: 5_000, bytes: 2 * 2 ** 20, memoryRatio: 1.2 };

const few = await measureRollout({ tenants: Math.round(tenants / 10), parallel });
const many = await measureRollout({ tenants, parallel });
const ratio = (of: (measured: Measured) => number) => of(many) / of(few);

const megabytes = (value: number) => `${value.toFixed(0)} MB`;
const row = (name: string, of: (measured: Measured) => string, ratio = '') => [
  name,
  of(few),
  of(many),
  ratio,
];
const times = (of: (measured: Measured) => number) => `${ratio(of).toFixed(2)}×`;
printTable([
  ['a migration of a fleet', `${few.tenants} tenants`, `${many.tenants} tenants`, 'ratio'],
  row('seconds', ({ seconds }) => seconds.toFixed(1)),
  row('of them between kills', ({ quietSeconds }) => quietSeconds.toFixed(1)),
  row('tenants in a second, between kills', ({ perSecond }) => perSecond.toFixed(1)),
  row('processor time of a tenant, ms', ({ processorMs }) => processorMs.toFixed(0)),
  row(
    'worker, the most',
    ({ worker }) => megabytes(worker.most),
    times(({ worker }) => worker.most),
  ),
  row(
    'worker, median',
    ({ worker }) => megabytes(worker.median),
    times(({ worker }) => worker.median),
  ),
  row(
    'follower, the most',
    ({ driver }) => megabytes(driver.most),
    times(({ driver }) => driver.most),
  ),
  row(
    'follower, median',
    ({ driver }) => megabytes(driver.median),
    times(({ driver }) => driver.median),
  ),
  row('runs of the rollout', ({ rollout }) => String(rollout.runs)),
  row('the longest, events', ({ rollout }) => String(rollout.mostEvents)),
  row('the largest, bytes', ({ rollout }) => String(rollout.mostBytes)),
  row("the rollout's events for a tenant", ({ rollout, tenants }) => (rollout.events / tenants).toFixed(1)),
  row("a tenant's own run, events", ({ own }) => String(own.mostEvents)),
  row('kills of worker, Temporal, catalog, emulator', ({ killed }) => String(killed)),
  row('treated exactly once', ({ once }) => String(once)),
]);
console.log(`as Temporal's UI shows it half way:\n${many.halfWay}`);
const broken = [few, many].flatMap(({ tenants, once, treated, rollout, own }) => [
  ...(once === tenants && treated.counts.succeeded === tenants && treated.atNewest === tenants
    ? []
    : [`not every one of ${tenants} was treated once: ${JSON.stringify(treated)}`]),
  ...(Math.max(rollout.mostEvents, own.mostEvents) <= bounds.events ? [] : ['a history has too many events']),
  ...(Math.max(rollout.mostBytes, own.mostBytes) <= bounds.bytes ? [] : ['a history is too large']),
]);
if (ratio(({ worker }) => worker.most) > bounds.memoryRatio) broken.push("the worker's memory grows");
if (ratio(({ driver }) => driver.most) > bounds.memoryRatio) broken.push("the follower's memory grows");
if (json !== undefined) await writeFile(json, `${JSON.stringify({ few, many, broken }, null, 2)}\n`);
for (const each of broken) console.error(each);
process.exitCode = broken.length === 0 ? 0 : 1;
