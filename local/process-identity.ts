import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { toolEnvironment } from '../emulator/postgres/tool-environment.js';

const run = promisify(execFile);

/**
 * A process that cannot be mistaken for another: the system gives a pid to a stranger once its process has ended, but not
 * together with the same start.
 */
export interface ProcessIdentity {
  readonly pid: number;
  /** When it started, in the system's own words: to be compared, never read. */
  readonly started: string;
}

export async function ownIdentity(): Promise<ProcessIdentity> {
  const started = await startOf(process.pid);
  if (started === undefined) throw new Error('the system does not say when this process started');
  return { pid: process.pid, started };
}

/** Whether that very process still runs. */
export async function isRunning({ pid, started }: ProcessIdentity): Promise<boolean> {
  return (await startOf(pid)) === started;
}

/** Sends a signal to that very process; returns whether it still ran. */
export async function signalProcess(to: ProcessIdentity, signal: NodeJS.Signals): Promise<boolean> {
  if (!(await isRunning(to))) return false;
  try {
    process.kill(to.pid, signal);
    return true;
  } catch (error) {
    // It ended in between.
    if (error instanceof Error && 'code' in error && error.code === 'ESRCH') return false;
    throw error;
  }
}

/** When a process started; undefined when there is none of that pid, or one that has ended and is still listed. */
export function startOf(pid: number): Promise<string | undefined> {
  return process.platform === 'linux' ? startFromProc(pid) : startFromPs(pid);
}

/** Linux counts ticks since it booted, so the boot belongs to it. */
async function startFromProc(pid: number): Promise<string | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  if (stat === undefined) return undefined;
  // The name of the program stands in brackets, and may hold any character.
  const [state, ...fields] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  if (state === 'Z' || state === 'X') return undefined;
  const boot = await readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => '');
  return `${boot.trim()} ${fields[18]}`;
}

/** To the second, which suffices: no system uses up all pids within one. */
export async function startFromPs(pid: number): Promise<string | undefined> {
  try {
    const { stdout } = await run('ps', ['-o', 'stat=', '-o', 'lstart=', '-p', String(pid)], {
      // Otherwise the words depend on who asks.
      env: { ...toolEnvironment(), LC_ALL: 'C', TZ: 'UTC' },
    });
    const [state = '', ...started] = stdout.trim().split(/\s+/);
    return state === '' || state.startsWith('Z') ? undefined : started.join(' ');
  } catch (error) {
    // It exits with 1 when there is no such process.
    if (error instanceof Error && 'code' in error && error.code === 1) return undefined;
    throw error;
  }
}
