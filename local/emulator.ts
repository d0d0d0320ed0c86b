import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  type NeonEmulator,
  type NeonEmulatorOptions,
  startNeonEmulator as startEmulator,
} from '../emulator/index.js';
import { removeWhenGone } from '../postgres/index.js';
import { ensureToolchain } from './toolchain/install-toolchain.js';

export type {
  KeyKind,
  Limits,
  NeonEmulator,
  NeonEmulatorOptions,
  Profile,
  SslMode,
  Timings,
} from '../emulator/index.js';

/**
 * Starts an emulator of Neon for a test or a script, with nothing said: Postgres as it is found, or fetched with pip at the
 * first start, and a data folder of its own that is gone with it, even when this process is killed. A `dataDir` that is
 * given is kept.
 */
export async function startNeonEmulator(options: Partial<NeonEmulatorOptions> = {}): Promise<NeonEmulator> {
  const postgres = options.postgres ?? (await ensureToolchain()).postgres;
  if (options.dataDir !== undefined) return startEmulator({ ...options, dataDir: options.dataDir, postgres });

  const dataDir = await mkdtemp(path.join(tmpdir(), 'neon-'));
  // Postgres runs as another user when we are root, and must get through.
  await chmod(dataDir, 0o711);
  const removal = removeWhenGone(dataDir);
  const emulator = await startEmulator({ ...options, dataDir, postgres });
  return {
    ...emulator,
    async stop() {
      await emulator.stop();
      await rm(dataDir, { recursive: true, force: true });
      removal.cancel();
    },
  };
}
