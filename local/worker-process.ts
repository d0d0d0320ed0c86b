import { setTimeout as sleep } from 'node:timers/promises';
import { type Exit, leash } from '../postgres/index.js';
import { freePort, LOOPBACK } from './free-port.js';
import { logSince } from './log-since.js';
import { ownProcess } from './own-process.js';
import { StartError } from './start-error.js';

export interface WorkerProcess {
  readonly pid: number;
  /** Where it answers `/live`, `/ready` and `/metrics`. */
  readonly url: string;
  readonly exited: Promise<Exit>;
  /** @param signal SIGKILL for a crash. @default SIGTERM, which lets work in hand come to its end. */
  stop(signal?: NodeJS.Signals): Promise<void>;
}

const startTimeoutMs = 60_000;
const pauseMs = 50;
/** A worker that listens and does not answer is not ready, and is asked again. */
const answerMs = 5_000;

/**
 * Starts a worker as a process of its own, which ends when this one does. Resolves once it takes work.
 * @param inherited What it is told besides, and by less authority.
 * @param node What Node is called with. @default our own worker
 */
export async function startWorkerProcess(
  environment: Readonly<Record<string, string>>,
  logFile: string,
  inherited: NodeJS.ProcessEnv = process.env,
  node: readonly string[] = ownProcess('worker/main'),
  timeoutMs = startTimeoutMs,
): Promise<WorkerProcess> {
  const port = await freePort();
  const url = `http://${LOOPBACK}:${port}`;
  const log = await logSince(logFile);
  const worker = await leash({
    command: process.execPath,
    // Its log names our sources, and not the chunks that they are compiled into.
    args: ['--enable-source-maps', ...node],
    env: { ...inherited, ...environment, TENANTRY_HEALTH_PORT: String(port) },
    logFile,
    graceSeconds: 40,
  });
  let ended = false;
  void worker.exited.then(() => {
    ended = true;
  });
  const deadline = Date.now() + timeoutMs;
  while (!(await isReady(url))) {
    if (ended || Date.now() > deadline) {
      await worker.stop('SIGKILL');
      const what = ended
        ? 'did not start'
        : `does not say at ${url}/ready that it takes work, as one of runWorker's does`;
      throw new StartError(`The worker ${what}. The end of its log:\n${await log()}`);
    }
    await sleep(pauseMs);
  }
  return {
    pid: worker.pid,
    url,
    exited: worker.exited,
    stop: async (signal) => {
      await worker.stop(signal);
    },
  };
}

async function isReady(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/ready`, { signal: AbortSignal.timeout(answerMs) })).ok;
  } catch {
    return false;
  }
}
