/*
 * How evenly Temporal gives out calls at the pace in the server's configuration of their queue: with 1, 2 and 4 workers, on a
 * server with its defaults (four partitions) and on one with the flags of the local stack (one partition).
 *
 *   npm run bench:budget:pace [-- --per-second 11.2 --allowed 700] [--json figures.json]
 *
 * All of a server's cases run at the same time, each on a queue of its own. A call does nothing: what is measured is when it
 * begins. Ends with 1 where a minute has more calls than are allowed: by default what Neon allows an account.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Client, Connection } from '@temporalio/client';
import { bundleWorkflowCode, DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { z } from 'zod';
import { freePort, LOOPBACK } from '../../local/free-port.js';
import { temporalFlags } from '../../local/temporal-flags.js';
import { temporalReady } from '../../local/temporal-ready.js';
import { findToolchain } from '../../local/toolchain/toolchain.js';
import { leash } from '../../postgres/index.js';
import { keepPace } from '../../worker/queue-pace.js';
import { printTable } from '../figures.js';
import type { Backlog } from './pace-workflow.js';

const {
  'per-second': perSecond,
  allowed,
  json,
} = z
  .object({
    'per-second': z.coerce.number().positive().default(11.2),
    allowed: z.coerce.number().positive().default(700),
    json: z.string().optional(),
  })
  .parse(
    parseArgs({
      options: { 'per-second': { type: 'string' }, allowed: { type: 'string' }, json: { type: 'string' } },
    }).values,
  );

/** More than a minute and the burst before it. */
const calls = Math.ceil(perSecond * 70);
const numbersOfWorkers = [1, 2, 4];

interface Pace {
  readonly server: string;
  readonly workers: number;
  readonly seconds: number;
  /** The most in any minute, and in any second. */
  readonly worstMinute: number;
  readonly worstSecond: number;
  /** From the third second on. */
  readonly steadyMinute: number;
}

async function onServer(server: string, flags: readonly string[]): Promise<Pace[]> {
  const { temporal } = await findToolchain();
  const stateDir = await mkdtemp(path.join(tmpdir(), 'tenantry-pace-'));
  const port = await freePort();
  const running = await leash({
    command: temporal,
    args: ['server', 'start-dev', '--ip', LOOPBACK, '--port', String(port), '--headless', ...flags],
    logFile: path.join(stateDir, 'temporal.log'),
  });
  try {
    await temporalReady(temporal, port, {}, AbortSignal.timeout(120_000));
    const address = `${LOOPBACK}:${port}`;
    const [connection, native] = await Promise.all([
      Connection.connect({ address }),
      NativeConnection.connect({ address }),
    ]);
    const client = new Client({ connection });
    const workflowBundle = await bundleWorkflowCode({
      workflowsPath: fileURLToPath(new URL('pace-workflow.ts', import.meta.url)),
      logger: new DefaultLogger('ERROR'),
    });
    const starter = await Worker.create({ connection: native, taskQueue: 'backlogs', workflowBundle });
    const ended = starter.run();
    const found = await Promise.all(
      numbersOfWorkers.map((workers) => measure({ client, address, server, workers })),
    );
    starter.shutdown();
    await ended;
    await native.close();
    await connection.close();
    return found;
  } finally {
    await running.stop();
    await rm(stateDir, { recursive: true, force: true });
  }
}

interface Case {
  readonly client: Client;
  readonly address: string;
  readonly server: string;
  readonly workers: number;
}

async function measure({ client, address, server, workers }: Case): Promise<Pace> {
  const taskQueue = `neon-${workers}`;
  await keepPace(
    client.workflowService,
    { namespace: 'default', taskQueue },
    { perSecond, setting: 'bench' },
  );
  const times: number[] = [];
  // The SDK refuses two workers that are alike on one connection.
  const connections = await Promise.all(
    Array.from({ length: workers }, () => NativeConnection.connect({ address })),
  );
  const running = await Promise.all(
    connections.map((connection) =>
      Worker.create({
        connection,
        taskQueue,
        activities: { call: async () => void times.push(performance.now()) },
        maxTaskQueueActivitiesPerSecond: perSecond,
        maxConcurrentActivityTaskExecutions: 20,
      }),
    ),
  );
  const ended = running.map((worker) => worker.run());
  const args: [Backlog] = [{ taskQueue, calls }];
  await client.workflow.execute('backlog', { taskQueue: 'backlogs', workflowId: taskQueue, args });
  for (const worker of running) worker.shutdown();
  await Promise.all(ended);
  for (const connection of connections) await connection.close();
  times.sort((a, b) => a - b);
  const [first = 0] = times;
  return {
    server,
    workers,
    seconds: ((times.at(-1) ?? 0) - first) / 1_000,
    worstMinute: mostWithin(times, 60_000),
    worstSecond: mostWithin(times, 1_000),
    steadyMinute: times.filter((at) => at - first >= 2_000 && at - first < 62_000).length,
  };
}

function mostWithin(times: readonly number[], ms: number): number {
  let [most, from] = [0, 0];
  for (const [to, at] of times.entries()) {
    while (at - (times[from] ?? at) >= ms) from += 1;
    most = Math.max(most, to - from + 1);
  }
  return most;
}

Runtime.install({ logger: new DefaultLogger('ERROR') });
const found = [
  ...(await onServer('its defaults', [])),
  ...(await onServer('the flags of the local stack', temporalFlags({}))),
];
printTable([
  [
    `${perSecond} a second`,
    'workers',
    'seconds',
    'worst second',
    'worst minute',
    'steady minute',
    'of the budget',
  ],
  ...found.map(({ server, workers, seconds, worstSecond, worstMinute, steadyMinute }) => [
    server,
    String(workers),
    seconds.toFixed(1),
    String(worstSecond),
    String(worstMinute),
    String(steadyMinute),
    `${((steadyMinute / allowed) * 100).toFixed(1)} %`,
  ]),
]);
if (json !== undefined) await writeFile(json, `${JSON.stringify(found, null, 2)}\n`);
process.exitCode = found.some(({ worstMinute }) => worstMinute > allowed) ? 1 : 0;
