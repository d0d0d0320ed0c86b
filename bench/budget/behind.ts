/*
 * How long others wait behind many onboardings of one customer: a person's suspension, and another customer's single
 * onboarding, with and without the customer said.
 *
 *   npm run bench:budget:behind [-- --tenants 300] [--workers 1] [--json figures.json]
 */
import { writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { printTable } from '../figures.js';
import { startInstallation } from './installation.js';

const number = z.coerce.number().int();
const { tenants, workers, json } = z
  .object({
    tenants: number.min(1).default(300),
    workers: number.min(1).default(1),
    json: z.string().optional(),
  })
  .parse(
    parseArgs({
      options: { tenants: { type: 'string' }, workers: { type: 'string' }, json: { type: 'string' } },
    }).values,
  );

/** By then the backlog is there. */
const backlogMs = 5_000;

interface Figures {
  readonly suspendAlone: number;
  readonly suspendBehind: number;
  readonly onboardAlone: number;
  readonly onboardBehind: number;
  readonly all: number;
}

async function measure(withCustomers: boolean): Promise<Figures> {
  const installation = await startInstallation({ workers });
  const { tenantry } = installation;
  const of = (customer: string) => (withCustomers ? { customer } : {});
  const seconds = async (work: Promise<unknown>) => {
    const began = performance.now();
    await work;
    return (performance.now() - began) / 1_000;
  };
  try {
    for (const id of ['first', 'second']) await tenantry.execute.onboard({ id });
    const onboardAlone = await seconds(tenantry.execute.onboard({ id: 'third' }));
    const suspendAlone = await seconds(tenantry.execute.suspend('first'));
    const all = seconds(
      Promise.all(
        Array.from({ length: tenants }, (_, n) =>
          tenantry.execute.onboard({ id: `large-${n}`, ...of('large') }),
        ),
      ),
    );
    await sleep(backlogMs);
    const [suspendBehind, onboardBehind] = await Promise.all([
      seconds(tenantry.execute.suspend('second')),
      seconds(tenantry.execute.onboard({ id: 'small', ...of('small') })),
    ]);
    return { suspendAlone, suspendBehind, onboardAlone, onboardBehind, all: await all };
  } finally {
    await installation.stop();
  }
}

const without = await measure(false);
const withCustomers = await measure(true);
const row = (name: string, of: (figures: Figures) => number) => [
  name,
  of(without).toFixed(1),
  of(withCustomers).toFixed(1),
];
printTable([
  [`behind ${tenants} onboardings, seconds`, 'no customer said', 'customers said'],
  row('a suspension alone', ({ suspendAlone }) => suspendAlone),
  row('a suspension behind them', ({ suspendBehind }) => suspendBehind),
  row('an onboarding alone', ({ onboardAlone }) => onboardAlone),
  row("another customer's onboarding behind them", ({ onboardBehind }) => onboardBehind),
  row('all of them', ({ all }) => all),
]);
if (json !== undefined) await writeFile(json, `${JSON.stringify({ without, withCustomers }, null, 2)}\n`);
