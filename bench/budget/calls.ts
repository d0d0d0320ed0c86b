/*
 * How many calls to Neon an onboarding takes, alone and with many asked for at once, where Neon takes its usual time and has
 * its limits; and how much of the account's budget they use.
 *
 *   npm run bench:budget:calls [-- --tenants 300] [--workers 1] [--alone 5] [--json figures.json]
 */
import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { inParallel, median, printTable } from '../figures.js';
import { type Call, type Installation, startInstallation } from './installation.js';

const number = z.coerce.number().int();
const { tenants, workers, alone, json } = z
  .object({
    tenants: number.min(1).default(300),
    workers: number.min(1).default(1),
    alone: number.min(1).default(5),
    json: z.string().optional(),
  })
  .parse(
    parseArgs({
      options: {
        tenants: { type: 'string' },
        workers: { type: 'string' },
        alone: { type: 'string' },
        json: { type: 'string' },
      },
    }).values,
  );

const accountPerMinute = 700;
const startedAtOnce = 50;

interface Figures {
  readonly tenants: number;
  readonly callsMedian: number;
  readonly callsMost: number;
  readonly calls: number;
  readonly refused: number;
  readonly readyMedianSeconds: number;
  readonly seconds: number;
  /** The most calls in a minute. */
  readonly worstMinute: number;
  /** The calls in the minute after the first two seconds; absent if all was over by then. */
  readonly steadyMinute: number | undefined;
}

async function onboard(
  installation: Installation,
  ids: readonly string[],
  atOnce: boolean,
): Promise<Figures> {
  const { tenantry } = installation;
  await installation.forgetCalls();
  const began = performance.now();
  const ready: number[] = [];
  const ends: Promise<void>[] = [];
  const begin = async (id: string) => {
    const from = performance.now();
    const handle = await tenantry.start.onboard({ id });
    ends.push(handle.result().then(() => void ready.push((performance.now() - from) / 1_000)));
  };
  if (atOnce) {
    // A server that shares two processors with four workers does not answer a thousand starts of one moment in time.
    await inParallel(ids.length, startedAtOnce, (n) => begin(ids[n] ?? ''));
    await Promise.all(ends);
  } else
    for (const id of ids) {
      await begin(id);
      await ends.at(-1);
    }
  const seconds = (performance.now() - began) / 1_000;
  const calls = await installation.calls();
  const perTenant = callsOfProjects(calls);
  return {
    tenants: ids.length,
    callsMedian: median(perTenant),
    callsMost: Math.max(...perTenant),
    calls: calls.length,
    refused: calls.filter(({ status }) => status === 429).length,
    readyMedianSeconds: median(ready),
    seconds,
    worstMinute: worstMinute(calls),
    steadyMinute: seconds > 62 ? callsBetween(calls, 2_000, 62_000) : undefined,
  };
}

/** The calls that name a project, and the one that created it. */
function callsOfProjects(calls: readonly Call[]): number[] {
  const found = new Map<string, number>();
  for (const { path } of calls) {
    const id = /^\/(?:api\/v2\/)?projects\/([^/?]+)/.exec(path)?.[1];
    if (id !== undefined) found.set(id, (found.get(id) ?? 1) + 1);
  }
  return [...found.values()];
}

const atMs = ({ time }: Call) => Date.parse(time);

function callsBetween(calls: readonly Call[], fromMs: number, toMs: number): number {
  const first = Math.min(...calls.map(atMs));
  return calls.filter((call) => atMs(call) - first >= fromMs && atMs(call) - first < toMs).length;
}

function worstMinute(calls: readonly Call[]): number {
  const times = calls.map(atMs).sort((a, b) => a - b);
  let [most, from] = [0, 0];
  for (const [to, at] of times.entries()) {
    while (at - (times[from] ?? at) >= 60_000) from += 1;
    most = Math.max(most, to - from + 1);
  }
  return most;
}

const installation = await startInstallation({ workers });
try {
  const single = await onboard(
    installation,
    Array.from({ length: alone }, (_, n) => `alone-${n}`),
    false,
  );
  const many = await onboard(
    installation,
    Array.from({ length: tenants }, (_, n) => `many-${n}`),
    true,
  );
  const row = (name: string, of: (figures: Figures) => string | number) => [
    name,
    String(of(single)),
    String(of(many)),
  ];
  printTable([
    [`${workers} workers`, 'one after another', 'at once'],
    row('tenants', ({ tenants }) => tenants),
    row('calls a tenant, median', ({ callsMedian }) => callsMedian),
    row('calls a tenant, the most', ({ callsMost }) => callsMost),
    row('calls in all', ({ calls }) => calls),
    row('refused with 429', ({ refused }) => refused),
    row('ready after, median, s', ({ readyMedianSeconds }) => readyMedianSeconds.toFixed(1)),
    row('all ready after, s', ({ seconds }) => seconds.toFixed(1)),
    row('calls in the worst minute', ({ worstMinute }) => worstMinute),
    row('share of the budget in the steady minute', ({ steadyMinute }) =>
      steadyMinute === undefined ? '' : `${((steadyMinute / accountPerMinute) * 100).toFixed(1)} %`,
    ),
  ]);
  if (json !== undefined) await writeFile(json, `${JSON.stringify({ workers, single, many }, null, 2)}\n`);
} finally {
  await installation.stop();
}
