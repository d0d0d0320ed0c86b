import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { ownCommand } from './own-command.js';

const runningStack = z.object({
  pid: z.int(),
  /** Absent while the stack is still starting. */
  ready: z
    .object({
      environment: z.record(z.string(), z.string()),
      uiUrl: z.string().optional(),
      emulatorControlUrl: z.string().optional(),
    })
    .optional(),
});

/** A stack that some process keeps up, as that process notes it in the stack's folder. */
export type RunningStack = z.infer<typeof runningStack>;
export type ReadyStack = NonNullable<RunningStack['ready']>;

const fileOf = (stateDir: string) => path.join(stateDir, 'stack.json');

/** The stack that is up on this folder; one whose process has died does not count. */
export async function findRunningStack(stateDir: string): Promise<RunningStack | undefined> {
  const text = await readFile(fileOf(stateDir), 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  const noted = runningStack.parse(JSON.parse(text));
  return isAlive(noted.pid) ? noted : undefined;
}

/** Another process keeps a stack up on this folder. */
export class StackBusyError extends Error {
  override readonly name = 'StackBusyError';

  constructor(readonly pid: number) {
    super(`a local stack is up already (process ${pid}); stop it with: ${ownCommand} down`);
  }
}

/** Takes the folder for this process. Two stacks on one folder would write over each other. */
export async function claimStack(stateDir: string): Promise<void> {
  const running = await findRunningStack(stateDir);
  if (running !== undefined) throw new StackBusyError(running.pid);
  await rm(fileOf(stateDir), { force: true });
  const claim: RunningStack = { pid: process.pid };
  await writeFile(fileOf(stateDir), JSON.stringify(claim), { mode: 0o600, flag: 'wx' }).catch(async () => {
    throw new StackBusyError((await findRunningStack(stateDir))?.pid ?? 0);
  });
}

/** Notes what clients need, in one stroke: whoever reads sees all of it or none. The file holds secrets. */
export async function announceStack(stateDir: string, ready: ReadyStack): Promise<void> {
  const draft = `${fileOf(stateDir)}.${process.pid}`;
  const announced: RunningStack = { pid: process.pid, ready };
  await writeFile(draft, JSON.stringify(announced), { mode: 0o600 });
  await rename(draft, fileOf(stateDir));
}

export async function releaseStack(stateDir: string): Promise<void> {
  await rm(fileOf(stateDir), { force: true });
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Another user's process is alive all the same.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
