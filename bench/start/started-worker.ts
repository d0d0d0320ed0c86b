import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { open } from 'node:fs/promises';
import path from 'node:path';
import { performance } from 'node:perf_hooks';
import type { Client } from '@temporalio/client';

/** Where a worker's start may have come to, in this order. */
export const stages = [
  'loaded',
  'connecting',
  'connected',
  'creating',
  'created',
  'running',
  'task',
  'activity',
] as const;
export type Stage = (typeof stages)[number];
/** Milliseconds from the process' start until the worker had come so far. */
export type Start = Readonly<Record<Stage, number>>;

/** Starts a worker while a run waits for it; returns how long it took to come to the tasks of the run. */
export async function measureStart({
  worker,
  environment,
  log,
  waiting,
  temporal,
}: {
  readonly worker: 'ours' | 'bare';
  readonly environment: Readonly<Record<string, string>>;
  readonly log: string;
  /** Starts the run that waits; returns its workflow's id, and its end. */
  readonly waiting: () => Promise<{ readonly workflowId: string; result(): Promise<unknown> }>;
  readonly temporal: Client;
}): Promise<Start> {
  const run = await waiting();
  const logFile = await open(log, 'a');
  const began = performance.timeOrigin + performance.now();
  const child = spawn(process.execPath, [path.join(import.meta.dirname, `${worker}.mjs`)], {
    env: { ...process.env, ...environment },
    stdio: ['ignore', logFile.fd, logFile.fd, 'ipc'],
  });
  const ended = once(child, 'exit');
  const marks = new Map<string, number>();
  child.on('message', ({ name, at }: { name: string; at: number }) => {
    // Of several workers in the process, the first that begins and the last that is there.
    if (name === 'created' || !marks.has(name)) marks.set(name, at - began);
  });
  try {
    await Promise.race([
      run.result(),
      ended.then(() => {
        throw new Error(`the worker ended: ${log}`);
      }),
    ]);
    const { events } = await temporal.workflow.getHandle(run.workflowId).fetchHistory();
    const timeOf = (kind: 'workflowTaskStartedEventAttributes' | 'activityTaskStartedEventAttributes') => {
      const { seconds, nanos } = events?.find((event) => event[kind])?.eventTime ?? {};
      return Number(seconds) * 1_000 + (nanos ?? 0) / 1e6 - began;
    };
    marks.set('task', timeOf('workflowTaskStartedEventAttributes'));
    marks.set('activity', timeOf('activityTaskStartedEventAttributes'));
    return Object.fromEntries(stages.map((stage) => [stage, marks.get(stage) ?? Number.NaN])) as Start;
  } finally {
    // Asked, so that it ends its polls: the next task would be given to one that is gone.
    child.kill('SIGTERM');
    await ended;
    await logFile.close();
  }
}
