import { link, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { ownCommand } from './own-command.js';
import { isRunning, ownIdentity } from './process-identity.js';

const workerState = z.discriminatedUnion('status', [
  z.object({
    status: z.literal('running'),
    pid: z.int(),
    /** ISO 8601 */
    since: z.string(),
    /** How many died before it. */
    restarts: z.int(),
    /** Why it has not taken up the last edit of the fleet's file or its own. */
    stale: z.string().optional(),
  }),
  z.object({
    status: z.literal('restarting'),
    since: z.string(),
    restarts: z.int(),
    /** What the last one died of. */
    reason: z.string(),
    /** The pause before another one is started. */
    pauseMs: z.int(),
  }),
  z.object({
    status: z.literal('given-up'),
    since: z.string(),
    restarts: z.int(),
    reason: z.string(),
  }),
]);

/** What has become of a stack's worker. */
export type WorkerState = z.infer<typeof workerState>;

const runningStack = z.object({
  // Never 0 or less: a signal to such a pid is one to many processes.
  pid: z.int().positive(),
  /** When that process started: see {@link isRunning}. */
  started: z.string().min(1),
  /** Absent while the stack is still starting. */
  ready: z
    .object({
      environment: z.record(z.string(), z.string()),
      uiUrl: z.string().optional(),
      emulatorControlUrl: z.string().optional(),
      worker: workerState.optional(),
    })
    .optional(),
});

/** A stack that some process keeps up, as that process notes it in the stack's folder. */
export type RunningStack = z.infer<typeof runningStack>;
export type ReadyStack = NonNullable<RunningStack['ready']>;

const fileOf = (stateDir: string) => path.join(stateDir, 'stack.json');

/** The note of a stack cannot be read, so nobody knows whether one is up. */
export class StackNoteError extends Error {
  override readonly name = 'StackNoteError';

  constructor(file: string) {
    super(
      `${file}, in which a local stack notes which process keeps it up, is cut off or of another release. Remove it: a ` +
        'stack that is up all the same ends then, and its data is kept',
    );
  }
}

/** The stack that is up on this folder; one whose process has ended does not count. Throws {@link StackNoteError}. */
export async function findRunningStack(stateDir: string): Promise<RunningStack | undefined> {
  const noted = await readNote(fileOf(stateDir));
  return noted !== undefined && (await isRunning(noted)) ? noted : undefined;
}

async function readNote(file: string): Promise<RunningStack | undefined> {
  const text = await readFile(file, 'utf8').catch(ifMissing);
  if (text === undefined) return undefined;
  try {
    return runningStack.parse(JSON.parse(text));
  } catch {
    throw new StackNoteError(file);
  }
}

/** Another process keeps a stack up on this folder. */
export class StackBusyError extends Error {
  override readonly name = 'StackBusyError';

  constructor(readonly pid: number | undefined) {
    const which = pid === undefined ? '' : ` (process ${pid})`;
    super(`a local stack is up already${which}; stop it with: ${ownCommand} down`);
  }
}

/** Takes the folder for this process. Two stacks on one folder would write over each other. */
export async function claimStack(stateDir: string): Promise<void> {
  await oneAtATime(stateDir, async () => {
    const running = await findRunningStack(stateDir);
    if (running !== undefined) throw new StackBusyError(running.pid);
    await rename(await writeDraft(stateDir, await ownIdentity()), fileOf(stateDir));
  });
}

const claimPauseMs = 20;

/** Of several who find the note of a stack that has ended, one looks and writes at a time: the next would remove what is new by then. */
async function oneAtATime(stateDir: string, work: () => Promise<void>): Promise<void> {
  const claim = `${fileOf(stateDir)}.claim`;
  const draft = await writeDraft(stateDir, await ownIdentity());
  // A link is made only where there is no file, and what it leads to is whole.
  while (!(await linked(draft, claim))) {
    const holder = await readNote(claim);
    // One that was killed in the middle.
    if (holder !== undefined && !(await isRunning(holder))) await rm(claim, { force: true });
    await sleep(claimPauseMs);
  }
  await rm(draft, { force: true });
  await work().finally(() => rm(claim, { force: true }));
}

async function linked(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
}

/** Notes what clients need, in one stroke: whoever reads sees all of it or none. The file holds secrets. */
export async function announceStack(stateDir: string, ready: ReadyStack): Promise<void> {
  const draft = await writeDraft(stateDir, { ...(await ownIdentity()), ready });
  await rename(draft, fileOf(stateDir));
}

async function writeDraft(stateDir: string, note: RunningStack): Promise<string> {
  const draft = `${fileOf(stateDir)}.${process.pid}`;
  await writeFile(draft, JSON.stringify(note), { mode: 0o600 });
  return draft;
}

/** Whether the folder is still this process' own: the note is gone with its folder, and another stack leaves its own. */
export async function isStackNoted(stateDir: string): Promise<boolean> {
  try {
    const noted = await readNote(fileOf(stateDir));
    const own = await ownIdentity();
    return noted?.pid === own.pid && noted.started === own.started;
  } catch (error) {
    // A note that cannot be read may be ours: only its removal says that it is not to count.
    if (error instanceof StackNoteError) return true;
    throw error;
  }
}

/** Lets go of the folder, unless another stack has taken it since. */
export async function releaseStack(stateDir: string): Promise<void> {
  if (await isStackNoted(stateDir)) await rm(fileOf(stateDir), { force: true });
}

function ifMissing(error: unknown): undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code !== 'ENOENT' && code !== 'ENOTDIR') throw error;
}
