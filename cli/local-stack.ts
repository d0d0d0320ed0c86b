import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { ensureToolchain } from '../local/install-toolchain.js';
import { announceStack, claimStack, type ReadyStack, releaseStack } from '../local/running-stack.js';
import type { Stack } from '../local/stack.js';
import { stateDirectory } from '../local/state-directory.js';
import { fleetFile } from './fleet-file.js';

/** Where the stack keeps its state. Tenants at Neon itself and tenants of the emulator are never in one catalog. */
export async function stackFolder(): Promise<string> {
  const folder = path.join(
    await stateDirectory(),
    process.env.NEON_API_KEY ? 'stack-neon' : 'stack-emulator',
  );
  await mkdir(folder, { recursive: true, mode: 0o711 });
  return folder;
}

/** Starts the stack of that folder in this process, alone on it. */
export async function startCheckoutStack(report: (what: string) => void): Promise<Stack> {
  const stateDir = await stackFolder();
  await claimStack(stateDir);
  try {
    const { startStack } = await import('../local/stack.js');
    const stack = await startStack({
      toolchain: await ensureToolchain(),
      stateDir,
      config: fleetFile(),
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
