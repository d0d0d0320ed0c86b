import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { requirePackagesFor } from '../local/needed-packages.js';
import {
  announceStack,
  claimStack,
  findRunningStack,
  isStackNoted,
  type ReadyStack,
  type RunningStack,
  releaseStack,
  type WorkerState,
} from '../local/running-stack.js';
import type { Stack } from '../local/stack.js';
import { stateDirectory } from '../local/state-directory.js';
import { ensureToolchain } from '../local/toolchain/install-toolchain.js';
import { loadFleet } from '../worker/load-fleet.js';
import { fleetFile } from './fleet-file.js';
import { ownWorker, type WorkerChoice } from './own-worker.js';
import { workerLine } from './worker-line.js';

/** The folder of the stack's state. Tenants at Neon and tenants of the emulator never share a catalog. */
export async function stackFolder(): Promise<string> {
  const [folder = ''] = await stackFolders();
  await mkdir(folder, { recursive: true, mode: 0o711 });
  return folder;
}

/** The folders of both kinds of stack: first the kind that would be started now. */
async function stackFolders(): Promise<string[]> {
  const home = await stateDirectory();
  const [emulator, neon] = ['stack-emulator', 'stack-neon'].map((kind) => path.join(home, kind)) as [
    string,
    string,
  ];
  const { NEON_API_KEY: key } = process.env;
  // A shell with the environment of an emulator's stack has that emulator's key.
  if (!key || (await findRunningStack(emulator))?.ready?.environment.NEON_API_KEY === key)
    return [emulator, neon];
  return [neon, emulator];
}

export interface StackFound {
  readonly running: RunningStack;
  readonly folder: string;
  /** True if it works with Neon and a stack started now would use an emulator, or vice versa. */
  readonly isOfTheOtherKind: boolean;
}

/** The running stack: of the kind that would be started now if there is one, or else the other. */
export async function findStack(): Promise<StackFound | undefined> {
  for (const [at, folder] of (await stackFolders()).entries()) {
    const running = await findRunningStack(folder);
    if (running !== undefined) return { running, folder, isOfTheOtherKind: at > 0 };
  }
  return undefined;
}

/** The folder of the running stack, or else one that an earlier stack left; `undefined` when there never was one. */
export async function knownStackFolder(): Promise<string | undefined> {
  const up = await findStack();
  return up?.folder ?? (await stackFolders()).find((folder) => existsSync(folder));
}

/** The port of the web UI of Temporal's own dev server. */
const usualUiPort = 8233;
const folderLookMs = 1_000;

interface Hearers {
  /** Called with the name of each part that is being started. */
  readonly report: (what: string) => void;
  /** Called with each change of the worker's state, in a sentence. */
  readonly tell: (line: string) => void;
}

export interface CheckoutStack extends Stack {
  /** Resolves when the stack's folder, or its note in there, is gone: nothing can find the stack any more. */
  forgotten(signal: AbortSignal): Promise<void>;
}

/**
 * Starts the stack of that folder in this process, which excludes all others. Throws `FleetFileError` before anything
 * is started: the worker would only report the same later, in its log.
 */
export async function startCheckoutStack(
  { report, tell }: Hearers,
  choice?: WorkerChoice,
): Promise<CheckoutStack> {
  requirePackagesFor('the local stack');
  const config = fleetFile();
  await loadFleet(config);
  const worker = ownWorker(config, choice);
  const stateDir = await stackFolder();
  await claimStack(stateDir);
  let workerState: WorkerState | undefined;
  let announce = async () => {};
  let stopping = false;
  const onWorker = (state: WorkerState) => {
    if (stopping) return;
    const line = workerLine(workerState, state);
    workerState = state;
    if (line !== undefined) tell(line);
    // Another check notices a folder that is gone.
    announce().catch(() => {});
  };
  try {
    const { startStack } = await import('../local/stack.js');
    const stack = await startStack({
      toolchain: await ensureToolchain(),
      stateDir,
      config,
      worker,
      environment: process.env,
      uiPort: usualUiPort,
      report,
      onWorker,
    });
    announce = inTurn(() =>
      announceStack(stateDir, { ...readyStack(stack), ...(workerState && { worker: workerState }) }),
    );
    await announce();
    return {
      ...stack,
      async forgotten(signal) {
        while (await isStackNoted(stateDir)) await sleep(folderLookMs, undefined, { signal });
      },
      async stop() {
        stopping = true;
        announce = async () => {};
        await stack.stop().finally(() => releaseStack(stateDir));
      },
    };
  } catch (error) {
    await releaseStack(stateDir);
    throw error;
  }
}

function readyStack({ environment, uiUrl, emulatorControlUrl }: Stack): ReadyStack {
  return {
    environment: { ...environment },
    ...(uiUrl === undefined ? {} : { uiUrl }),
    ...(emulatorControlUrl === undefined ? {} : { emulatorControlUrl }),
  };
}

/** Runs the work sequentially, so that the last note describes the last state. */
function inTurn(work: () => Promise<void>): () => Promise<void> {
  let last = Promise.resolve();
  return () => {
    last = last.catch(() => {}).then(work);
    return last;
  };
}
