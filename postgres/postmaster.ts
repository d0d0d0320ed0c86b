import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { run } from './run.js';

/**
 * The wait after each measure before the next, harsher one. First the leash of a dead parent gets its chance.
 */
const means: readonly { readonly signal?: NodeJS.Signals; readonly patienceMs: number }[] = [
  { patienceMs: 3_000 },
  { signal: 'SIGQUIT', patienceMs: 3_000 },
  { signal: 'SIGKILL', patienceMs: 3_000 },
];

/**
 * Ensures that no earlier server still runs on a data directory: two servers would destroy it. A stale
 * `postmaster.pid` is left to Postgres, which knows best whether its shared memory is still in use.
 */
export async function endPostmasterOf(dataDir: string): Promise<void> {
  for (const { signal, patienceMs } of means) {
    const pid = await livingPostmaster(dataDir);
    if (pid === undefined) return;
    if (signal !== undefined) process.kill(pid, signal);
    const deadline = Date.now() + patienceMs;
    while ((await livingPostmaster(dataDir)) === pid && Date.now() < deadline) await sleep(25);
  }
}

async function livingPostmaster(dataDir: string): Promise<number | undefined> {
  const pid = pidIn(join(dataDir, 'postmaster.pid'));
  if (pid === undefined || !isAlive(pid)) return undefined;
  // The pid may belong to another process by now.
  const commandLine = await run('ps', ['-ww', '-o', 'command=', '-p', String(pid)]).catch(() => '');
  return commandLine.includes(dataDir) ? pid : undefined;
}

function pidIn(file: string): number | undefined {
  try {
    const pid = Number.parseInt(readFileSync(file, 'utf8'), 10);
    return pid > 1 ? pid : undefined;
  } catch {
    return undefined;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
