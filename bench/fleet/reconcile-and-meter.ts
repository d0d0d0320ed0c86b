/*
 * How a reconcile and a reading of all usage bear many tenants, of which none has a database: each is triggered once, and in the
 * middle of it worker, Temporal, catalog and emulator are killed, twice each. A tenth of them come first, to hold memory against.
 *
 *   npm run bench:fleet:reconcile [-- --tenants 10000] [--no-kills] [--json figures.json]
 *
 * Ends with 1 where a project was not compared, where an hour of the emulator's books is not in the catalog once, where a history is
 * longer than 5,000 events or 2 MB, or where the worker's memory is more than 1.2 times what it is at a tenth.
 */
import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { printTable } from '../figures.js';
import { type Measured, measureRounds } from './measured-rounds.js';

const {
  tenants,
  json,
  'no-kills': noKills,
} = z
  .object({
    tenants: z.coerce.number().int().min(1_000).default(10_000),
    json: z.string().optional(),
    'no-kills': z.boolean().default(false),
  })
  .parse(
    parseArgs({
      options: { tenants: { type: 'string' }, json: { type: 'string' }, 'no-kills': { type: 'boolean' } },
    }).values,
  );

const bounds = { events: 5_000, bytes: 2 * 2 ** 20, memoryRatio: 1.2 };

const few = await measureRounds({ tenants: Math.round(tenants / 10), withKills: !noKills });
const many = await measureRounds({ tenants, withKills: !noKills });
const memoryRatio = (of: (measured: Measured) => number) => of(many) / of(few);

const row = (name: string, of: (measured: Measured) => string, ratio = '') => [
  name,
  of(few),
  of(many),
  ratio,
];
const megabytes = (value: number) => `${value.toFixed(0)} MB`;
const rowsOf = (which: 'reconcile' | 'meter', name: string) => [
  row(`${name}, seconds`, (measured) => measured[which].seconds.toFixed(0)),
  row(`${name}, calls to Neon`, (measured) => String(measured[which].calls)),
  row(
    `${name}, the worker's memory at most`,
    (measured) => megabytes(measured[which].worker.most),
    `${memoryRatio((measured) => measured[which].worker.most).toFixed(2)}×`,
  ),
  row(
    `${name}, the worker's memory, median`,
    (measured) => megabytes(measured[which].worker.median),
    `${memoryRatio((measured) => measured[which].worker.median).toFixed(2)}×`,
  ),
  row(`${name}, longest history, events`, (measured) => String(measured[which].runs.mostEvents)),
  row(`${name}, largest history, bytes`, (measured) => String(measured[which].runs.mostBytes)),
  row(`${name}, kills`, (measured) => String(measured[which].killed)),
  row(`${name}, runs that it took`, (measured) => String(measured[which].triggered)),
];
printTable([
  ['without databases', `${few.tenants} tenants`, `${many.tenants} tenants`, 'ratio'],
  ...rowsOf('reconcile', 'reconcile'),
  row('projects compared with the list', ({ compared }) => String(compared.projects)),
  row('tenants looked into', ({ compared }) => String(compared.lookedInto)),
  ...rowsOf('meter', 'metering'),
  row('projects whose hours are in the catalog once', ({ metered }) => String(metered)),
]);

const broken = [few, many].flatMap(({ tenants, compared, metered, reconcile, meter }) => [
  ...(compared.projects === tenants ? [] : [`${compared.projects} of ${tenants} projects were compared`]),
  ...(metered === tenants ? [] : [`${metered} of ${tenants} projects are metered as the books have them`]),
  ...[reconcile, meter].flatMap(({ runs }) => [
    ...(runs.mostEvents <= bounds.events ? [] : ['a history has too many events']),
    ...(runs.mostBytes <= bounds.bytes ? [] : ['a history is too large']),
  ]),
]);
for (const which of ['reconcile', 'meter'] as const)
  if (memoryRatio((measured) => measured[which].worker.most) > bounds.memoryRatio)
    broken.push(`the worker's memory grows: ${which}`);
if (json !== undefined) await writeFile(json, `${JSON.stringify({ few, many, broken }, null, 2)}\n`);
for (const each of broken) console.error(each);
process.exitCode = broken.length === 0 ? 0 : 1;
