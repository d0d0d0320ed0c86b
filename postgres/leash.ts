import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, constants as flags, openSync } from 'node:fs';
import { constants } from 'node:os';
import type { Readable } from 'node:stream';
import { leashScript } from './leash-script.js';
import type { RunAs } from './run-as.js';
import { toolEnvironment } from './tool-environment.js';

export interface LeashOptions {
  readonly command: string;
  readonly args?: readonly string[];
  /** @default the variables that any program may have: {@link toolEnvironment} */
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  readonly runAs?: RunAs | undefined;
  /**
   * Appends the child's stdout and stderr to this file, without following a link; otherwise they are streams
   * of the handle.
   */
  readonly logFile?: string;
  /** The signal that the child gets when we die. @default 'SIGTERM' */
  readonly signal?: NodeJS.Signals;
  /** Whole seconds between that signal and SIGKILL. @default 5 */
  readonly graceSeconds?: number;
  /**
   * Folders that are removed once the child has ended, however it ended. `runAs` must be able to remove them.
   */
  readonly scratch?: readonly string[];
}

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface Leash {
  /** The child's own pid, not that of the shell in between. */
  readonly pid: number;
  readonly stdout: Readable | null;
  readonly stderr: Readable | null;
  readonly exited: Promise<Exit>;
  /** Sends a signal, escalates to SIGKILL after the grace period, and resolves once the child has ended. */
  stop(signal?: NodeJS.Signals): Promise<Exit>;
}

const appending = flags.O_WRONLY | flags.O_APPEND | flags.O_CREAT | flags.O_NOFOLLOW;

/**
 * Starts a child that cannot outlive this process, even if this process is killed with SIGKILL.
 * @throws if the shell itself cannot be started; a command that does not exist exits with 127.
 */
export async function leash(options: LeashOptions): Promise<Leash> {
  const signal = options.signal ?? 'SIGTERM';
  const graceSeconds = options.graceSeconds ?? 5;
  const log = options.logFile === undefined ? undefined : openSync(options.logFile, appending, 0o600);
  const shell = spawn(
    '/bin/sh',
    ['-c', leashScript, 'leash', ...scriptArguments(options, signal, graceSeconds)],
    {
      stdio: ['pipe', log ?? 'pipe', log ?? 'pipe', 'pipe'],
      // A session of its own: Ctrl-C in a terminal reaches only us, and we decide in which order things stop.
      detached: true,
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
      env: options.env ?? toolEnvironment(),
      ...options.runAs,
    },
  );
  if (log !== undefined) closeSync(log);
  const exited = exitOf(shell);
  const pid = await childPid(shell);

  return {
    pid,
    stdout: shell.stdout,
    stderr: shell.stderr,
    exited,
    stop(first = signal) {
      shell.stdin?.write(`${first.replace(/^SIG/, '')}\n`);
      const impatient = setTimeout(() => shell.stdin?.write('KILL\n'), graceSeconds * 1000);
      return exited.finally(() => clearTimeout(impatient));
    },
  };
}

function scriptArguments(options: LeashOptions, signal: NodeJS.Signals, graceSeconds: number): string[] {
  const scratch = options.scratch ?? [];
  return [
    signal.replace(/^SIG/, ''),
    String(graceSeconds),
    String(scratch.length),
    ...scratch,
    options.command,
    ...(options.args ?? []),
  ];
}

function exitOf(shell: ChildProcess): Promise<Exit> {
  // Writing to a leash whose child has just ended is no error.
  shell.stdin?.on('error', () => {});
  return new Promise((resolve) => {
    shell.once('exit', (status, signal) => {
      shell.stdin?.destroy();
      resolve(status === null ? { code: null, signal } : fromShellStatus(status));
    });
    shell.once('error', () => resolve({ code: 127, signal: null }));
  });
}

/** A shell reports "ended by signal n" as 128 + n. */
function fromShellStatus(status: number): Exit {
  const name = Object.entries(constants.signals).find(([, number]) => number === status - 128)?.[0];
  return name === undefined ? { code: status, signal: null } : { code: null, signal: name as NodeJS.Signals };
}

async function childPid(shell: ChildProcess): Promise<number> {
  const said = shell.stdio[3] as Readable;
  let text = '';
  const failed = new Promise<never>((_, reject) => shell.once('error', reject));
  const read = (async () => {
    for await (const chunk of said) text += String(chunk);
    return Number(text.trim());
  })();
  return Promise.race([read, failed]);
}
