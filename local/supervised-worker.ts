import { setTimeout as sleep } from 'node:timers/promises';
import type { Exit } from '../postgres/index.js';
import { latch } from './latch.js';
import type { WorkerState } from './running-stack.js';
import type { WorkerProcess } from './worker-process.js';

export interface SupervisionOptions {
  /** Starts a worker, and resolves once it takes work. */
  readonly start: () => Promise<WorkerProcess>;
  /** Is given each change of the worker's state. */
  readonly onChange: (state: WorkerState) => void;
  /** The pause before the first restart; each quick death in a row doubles it. @default 500 */
  readonly pauseMs?: number;
  /** A worker that lived for so long did not die quickly. @default 60,000 */
  readonly steadyMs?: number;
  /** After so many quick deaths in a row no other worker is started, until one is to be replaced. @default 5 */
  readonly mostDeaths?: number;
}

type Change =
  | { readonly status: 'running'; readonly stale?: string }
  | { readonly status: 'restarting'; readonly reason: string; readonly pauseMs: number }
  | { readonly status: 'given-up'; readonly reason: string };

export interface Supervision {
  /** Starts another worker in place of the one that runs, which ends once the other takes work, and goes on where it does not. */
  replace(): void;
  /** Ends the worker, and starts no other. */
  stop(): Promise<void>;
}

/** Starts another worker whenever one dies, unless they die as soon as they are started. */
export function superviseWorker(first: WorkerProcess, options: SupervisionOptions): Supervision {
  const { start, onChange, pauseMs = 500, steadyMs = 60_000, mostDeaths = 5 } = options;
  const stopped = new AbortController();
  const over = new Promise<never>((_, reject) => {
    stopped.signal.addEventListener('abort', () => reject(stopped.signal.reason));
  });
  over.catch(() => {});
  const replacement = latch();
  const startAnother = () => {
    // An edit from now on may come too late for it.
    replacement.clear();
    return start();
  };
  let worker = first;
  let restarts = 0;
  const change = (state: Change) => {
    const since = new Date().toISOString();
    onChange(
      state.status === 'running'
        ? { ...state, pid: worker.pid, since, restarts }
        : { ...state, since, restarts },
    );
  };

  /** Resolves with what the worker died of, having replaced it meanwhile as often as was wished. */
  const untilItDies = async (): Promise<{ reason: string; livedMs: number }> => {
    change({ status: 'running' });
    for (let since = Date.now(); ; ) {
      const exit = await Promise.race([worker.exited, replacement.whenSet(), over]);
      if (exit !== undefined) return { reason: inWords(worker, exit), livedMs: Date.now() - since };
      const former = worker;
      try {
        worker = await startAnother();
      } catch (error) {
        change({ status: 'running', stale: wordsOf(error) });
        continue;
      }
      stopped.signal.throwIfAborted();
      since = Date.now();
      change({ status: 'running' });
      // What it has in hand comes to its end beside the work of the other.
      void former.stop();
    }
  };

  const keepUp = async () => {
    for (let deaths = 0; ; ) {
      let { reason, livedMs } = await untilItDies();
      if (stopped.signal.aborted) return;
      if (livedMs >= steadyMs) deaths = 0;
      for (let started = false; !started; ) {
        deaths += 1;
        const givenUp = deaths >= mostDeaths;
        const pause = pauseMs * 2 ** (deaths - 1);
        change(givenUp ? { status: 'given-up', reason } : { status: 'restarting', reason, pauseMs: pause });
        const wished = await Promise.race([
          replacement.whenSet().then(() => true),
          givenUp ? over : sleep(pause, false, { signal: stopped.signal }),
        ]);
        if (wished) deaths = 0;
        restarts += 1;
        try {
          worker = await startAnother();
          started = true;
        } catch (error) {
          reason = wordsOf(error);
        }
      }
      if (stopped.signal.aborted) return;
    }
  };

  const ended = keepUp().catch((error: unknown) => {
    if (!stopped.signal.aborted) throw error;
  });
  return {
    replace: replacement.set,
    async stop() {
      stopped.abort();
      await worker.stop();
      await ended;
      // One that was being started meanwhile.
      await worker.stop();
    },
  };
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function inWords({ pid }: WorkerProcess, { code, signal }: Exit): string {
  return `the worker (process ${pid}) ${signal === null ? `exited with ${code}` : `was ended by ${signal}`}`;
}
