import { expect, it, onTestFinished } from 'vitest';
import type { WorkerState } from '../../local/running-stack.js';
import { type SupervisionOptions, superviseWorker } from '../../local/supervised-worker.js';
import type { WorkerProcess } from '../../local/worker-process.js';
import { leash } from '../../postgres/index.js';
import { eventually } from '../support/eventually.js';

/** A process that does nothing, for as long as it is let. */
async function idle(): Promise<WorkerProcess> {
  const { pid, exited, stop } = await leash({ command: 'sleep', args: ['600'] });
  return { pid, url: 'http://127.0.0.1:0', exited, stop: async (signal) => void (await stop(signal)) };
}

async function supervised(options: Partial<SupervisionOptions> = {}) {
  const states: WorkerState[] = [];
  const started: WorkerProcess[] = [];
  const start = async () => {
    const worker = await idle();
    started.push(worker);
    return worker;
  };
  const supervision = superviseWorker(await start(), {
    start,
    onChange: (state) => void states.push(state),
    pauseMs: 10,
    ...options,
  });
  onTestFinished(() => supervision.stop());
  const until = (status: WorkerState['status'], restarts: number) =>
    eventually(`${status} after ${restarts}`, async () => {
      const now = states.at(-1);
      return now?.status === status && now.restarts === restarts;
    });
  return { states, started, supervision, until };
}

it('starts another worker when one is killed', async () => {
  const { states, started, until } = await supervised();
  await until('running', 0);
  process.kill(started[0]?.pid ?? 0, 'SIGKILL');
  await until('running', 1);
  expect(states.at(-2)).toMatchObject({
    status: 'restarting',
    reason: `the worker (process ${started[0]?.pid}) was ended by SIGKILL`,
  });
  expect(states.at(-1)).toMatchObject({ pid: started[1]?.pid });
});

it('gives up after five quick deaths, each pause twice as long as the one before', async () => {
  let starts = 0;
  const began = Date.now();
  const { states, started, until } = await supervised({
    pauseMs: 40,
    start: async () => {
      starts += 1;
      throw new Error('The worker did not start: no fleet');
    },
  });
  await until('running', 0);
  await started[0]?.stop('SIGKILL');
  await until('given-up', 4);
  expect(Date.now() - began).toBeGreaterThanOrEqual(40 + 80 + 160 + 320);
  expect(starts).toBe(4);
  expect(states.at(-1)).toMatchObject({ reason: 'The worker did not start: no fleet' });
});

it('counts anew after a worker that lived for long', async () => {
  const { started, until } = await supervised({ steadyMs: 0, mostDeaths: 2 });
  for (const restarts of [0, 1, 2, 3]) {
    await until('running', restarts);
    await started[restarts]?.stop('SIGKILL');
  }
  await until('running', 4);
});

it('puts another worker in the place of the one that runs, which is no death', async () => {
  const { states, started, supervision, until } = await supervised();
  await until('running', 0);
  supervision.replace();
  await eventually('another one runs', async () => {
    const now = states.at(-1);
    return now?.status === 'running' && now.pid === started[1]?.pid;
  });
  expect(await started[0]?.exited).toMatchObject({ signal: 'SIGTERM' });
  expect(states).toEqual([
    expect.objectContaining({ status: 'running', restarts: 0 }),
    expect.objectContaining({ status: 'running', restarts: 0 }),
  ]);
});

it('keeps the worker that runs where another does not start, and says why', async () => {
  const { states, started, supervision } = await supervised({
    start: async () => {
      throw new Error('The worker did not start: no fleet');
    },
  });
  supervision.replace();
  await eventually('it is said', async () => states.length === 2);
  expect(states.at(-1)).toMatchObject({
    status: 'running',
    pid: started[0]?.pid,
    stale: 'The worker did not start: no fleet',
  });
});

it('starts another one at once where it had given up', async () => {
  const { started, supervision, until } = await supervised({ mostDeaths: 1 });
  await until('running', 0);
  await started[0]?.stop('SIGKILL');
  await until('given-up', 0);
  supervision.replace();
  await until('running', 1);
});

it('starts none after it was stopped, and leaves none behind', async () => {
  let release = () => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  let late: WorkerProcess | undefined;
  let asked = false;
  const { started, supervision, until } = await supervised({
    start: async () => {
      asked = true;
      await held;
      late = await idle();
      return late;
    },
  });
  await until('running', 0);
  await started[0]?.stop('SIGKILL');
  await eventually('another is being started', async () => asked);
  const stopped = supervision.stop();
  release();
  await stopped;
  expect(await late?.exited).toBeDefined();
});
