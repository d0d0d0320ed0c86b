import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { ensureToolchain } from '../local/install-toolchain.js';
import {
  announceStack,
  claimStack,
  findRunningStack,
  type ReadyStack,
  type RunningStack,
  releaseStack,
} from '../local/running-stack.js';
import type { Stack } from '../local/stack.js';
import { stateDirectory } from '../local/state-directory.js';
import { loadFleet } from '../worker/load-fleet.js';
import { fleetFile } from './fleet-file.js';

/** Where the stack keeps its state. Tenants at Neon itself and tenants of the emulator are never in one catalog. */
export async function stackFolder(): Promise<string> {
  const [folder = ''] = await stackFolders();
  await mkdir(folder, { recursive: true, mode: 0o711 });
  return folder;
}

/** First the folder of the kind of stack that would be started now, then the other kind's. */
async function stackFolders(): Promise<string[]> {
  const kinds = process.env.NEON_API_KEY
    ? ['stack-neon', 'stack-emulator']
    : ['stack-emulator', 'stack-neon'];
  const home = await stateDirectory();
  return kinds.map((kind) => path.join(home, kind));
}

export interface StackFound {
  readonly running: RunningStack;
  /** It works with Neon and one that was started now would not, or the other way round. */
  readonly isOfTheOtherKind: boolean;
}

/** The stack that is up: of the kind that would be started now if there is one, else the other. */
export async function findStack(): Promise<StackFound | undefined> {
  for (const [at, folder] of (await stackFolders()).entries()) {
    const running = await findRunningStack(folder);
    if (running !== undefined) return { running, isOfTheOtherKind: at > 0 };
  }
  return undefined;
}

/**
 * Starts the stack of that folder in this process, alone on it. Throws `FleetFileError` before anything is started: a worker
 * would only say the same later, in its log.
 */
export async function startCheckoutStack(report: (what: string) => void): Promise<Stack> {
  const config = fleetFile();
  await loadFleet(config);
  const stateDir = await stackFolder();
  await claimStack(stateDir);
  try {
    const { startStack } = await import('../local/stack.js');
    const stack = await startStack({
      toolchain: await ensureToolchain(),
      stateDir,
      config,
      environment: process.env,
      report,
    });
    await announceStack(stateDir, readyStack(stack));
    return {
      ...stack,
      async stop() {
        await stack.stop();
        await releaseStack(stateDir);
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
