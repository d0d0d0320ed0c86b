import { chmod, mkdtemp, readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { noteOwner, ownerOf } from '../setup/owned-folder.mjs';

/** An installation beside the folder that it is to become. */
export interface PartialInstallation {
  /** To be filled; it does not exist yet. */
  readonly folder: string;
  /**
   * Gives it its name in one stroke. What somebody else has put there meanwhile stays where `isWhole` says that it may, for
   * they may be running it.
   */
  putInPlace(isWhole: () => Promise<boolean>): Promise<void>;
  remove(): Promise<void>;
}

/** Nobody fetches for so long. */
const staleMs = 24 * 60 * 60 * 1000;
const prefixOf = (folder: string) => `${folder}.partial-`;

/** Begins one in a folder of its own, so that two at once, on two machines that share a home even, cannot harm each other. */
export async function beginInstallation(target: string): Promise<PartialInstallation> {
  const own = await mkdtemp(prefixOf(target));
  await noteOwner(own);
  // Postgres may run as another user, and what is tried here must be what will be run.
  await chmod(own, 0o711);
  const folder = join(own, 'toolchain');
  return {
    folder,
    async putInPlace(isWhole) {
      if (await renamed(folder, target)) return;
      if (await isWhole()) return;
      await renamed(target, join(own, 'replaced'));
      await renamed(folder, target);
    },
    remove: () => rm(own, { recursive: true, force: true, maxRetries: 3 }),
  };
}

/** Removes what installations left that were killed half-way. */
export async function clearAbandoned(target: string): Promise<void> {
  const prefix = basename(prefixOf(target));
  for (const name of await readdir(dirname(target))) {
    const folder = join(dirname(target), name);
    if (name.startsWith(prefix) && (await isAbandoned(folder)))
      await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

async function isAbandoned(folder: string): Promise<boolean> {
  const owner = await ownerOf(folder);
  if (owner !== 'unknown') return owner === 'gone';
  const found = await stat(folder).catch(() => undefined);
  return found !== undefined && Date.now() - found.mtimeMs > staleMs;
}

/** False where something is there already that is not empty. */
async function renamed(from: string, to: string): Promise<boolean> {
  try {
    await rename(from, to);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && ['ENOTEMPTY', 'EEXIST'].includes(String(error.code)))
      return false;
    throw error;
  }
}
