import { setTimeout as sleep } from 'node:timers/promises';
import type { Exit } from '../emulator/postgres/index.js';
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
  /** After so many quick deaths in a row no other worker is started. @default 5 */
  readonly mostDeaths?: number;
}

type Change =
  | { readonly status: 'running' }
  | { readonly status: 'restarting'; readonly reason: string; readonly pauseMs: number }
  | { readonly status: 'given-up'; readonly reason: string };

export interface Supervision {
  /** Ends the worker, and starts no other. */
  stop(): Promise<void>;
}

/** Starts another worker whenever one dies, unless they die as soon as they are started. */
export function superviseWorker(first: WorkerProcess, options: SupervisionOptions): Supervision {
  const { start, onChange, pauseMs = 500, steadyMs = 60_000, mostDeaths = 5 } = options;
  const stopped = new AbortController();
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

  const keepUp = async () => {
    change({ status: 'running' });
    for (let deaths = 0, since = Date.now(); ; since = Date.now()) {
      let reason = inWords(worker, await worker.exited);
      if (stopped.signal.aborted) return;
      if (Date.now() - since >= steadyMs) deaths = 0;
      for (let started = false; !started; ) {
        deaths += 1;
        if (deaths >= mostDeaths) {
          change({ status: 'given-up', reason });
          return;
        }
        const pause = pauseMs * 2 ** (deaths - 1);
        change({ status: 'restarting', reason, pauseMs: pause });
        await sleep(pause, undefined, { signal: stopped.signal });
        restarts += 1;
        try {
          worker = await start();
          started = true;
        } catch (error) {
          reason = error instanceof Error ? error.message : String(error);
        }
      }
      if (stopped.signal.aborted) return;
      change({ status: 'running' });
    }
  };

  const ended = keepUp().catch((error: unknown) => {
    if (!stopped.signal.aborted) throw error;
  });
  return {
    async stop() {
      stopped.abort();
      await worker.stop();
      await ended;
      // One that was being started meanwhile.
      await worker.stop();
    },
  };
}

function inWords({ pid }: WorkerProcess, { code, signal }: Exit): string {
  return `the worker (process ${pid}) ${signal === null ? `exited with ${code}` : `was ended by ${signal}`}`;
}
