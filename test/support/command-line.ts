import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { compiledModule, shortLived } from './compiled-module.js';

export interface CommandResult {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

type Environment = Readonly<Record<string, string>>;

/**
 * Runs `tenantry` as a script would that reads what it prints, for tests of what a command does and says. Most commands of a run share
 * a process, which costs a tenth of one for each. Tests of the process itself, its signals and its streams, use `runTenantryProcess`,
 * and so do commands that need servers of their own.
 */
export async function runTenantry(args: readonly string[], environment: Environment): Promise<CommandResult> {
  if (needsProcess(args, environment)) return runTenantryProcess(args, environment);
  return (await theHost()).run(args, environment);
}

/**
 * The same in a process of its own, in a pipe.
 * @param node What Node is called with. @default the compiled command, which takes half the time
 */
export async function runTenantryProcess(
  args: readonly string[],
  environment: Environment,
  node: readonly string[] = [...shortLived, compiledModule('cli/main')],
): Promise<CommandResult> {
  const child = spawn(process.execPath, [...node, ...args], {
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [stdout, stderr, [exitCode]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'exit') as Promise<[number | null]>,
  ]);
  return { exitCode, stdout, stderr };
}

/** Those that start servers. */
const ofOwnProcess = new Set(['up', 'dev', 'demo', 'emulator', 'worker', 'codec-server']);

/** By the file of a fleet, what it was when it was first loaded: a process loads a module once. */
const fleets = new Map<string, string>();

function needsProcess([name = '']: readonly string[], { TENANTRY_CONFIG: file }: Environment): boolean {
  if (ofOwnProcess.has(name)) return true;
  if (file === undefined) return false;
  const content = contentOf(file);
  if (!fleets.has(file)) fleets.set(file, content);
  return fleets.get(file) !== content;
}

function contentOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

interface CommandHost {
  run(args: readonly string[], environment: Environment): Promise<CommandResult>;
}

let host: Promise<CommandHost> | undefined;

/** One for all files that run in this process, from the first command on. It ends with this process. */
function theHost(): Promise<CommandHost> {
  host ??= startHost();
  return host;
}

async function startHost(): Promise<CommandHost> {
  const child = fork(path.join(import.meta.dirname, 'command-host.mjs'), [compiledModule('cli/program')], {
    // Not what this process was told for tests.
    execArgv: [],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const ended = once(child, 'exit').then(([code, signal]) => {
    throw new Error(`the process of the commands ended with ${code ?? signal}`);
  });
  await Promise.race([once(child, 'message'), ended]);
  const waiting = new Map<number, PromiseWithResolvers>();
  let commands = 0;
  child.on('message', ({ id, ...result }: CommandResult & { readonly id: number }) => {
    waiting.get(id)?.resolve(result);
    waiting.delete(id);
    if (waiting.size === 0) letGo(child);
  });
  ended.catch((error: Error) => {
    host = undefined;
    for (const { reject } of waiting.values()) reject(error);
  });
  letGo(child);
  return {
    run(args, environment) {
      commands += 1;
      const id = commands;
      child.ref();
      child.channel?.ref();
      return new Promise((resolve, reject) => {
        waiting.set(id, { resolve, reject });
        child.send({ id, args, environment: { ...process.env, ...environment } });
      });
    },
  };
}

interface PromiseWithResolvers {
  resolve(result: CommandResult): void;
  reject(error: Error): void;
}

/** An idle one keeps nobody from ending. */
function letGo(child: ChildProcess): void {
  child.unref();
  child.channel?.unref();
}
