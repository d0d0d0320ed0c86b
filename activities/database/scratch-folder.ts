import { lstat, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { noteOwner, ownerOf } from '../../setup/owned-folder.mjs';

const prefix = 'tenantry-copy-';

/** Works with a folder for files that nobody needs afterwards. One of a worker that is killed stays: see {@link removeAbandoned}. */
export async function withScratchFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(path.join(tmpdir(), prefix));
  try {
    await noteOwner(folder);
    return await work(folder);
  } finally {
    await remove(folder);
  }
}

/**
 * Removes what workers left that were killed, with the definitions of a tenant's database in it: of this user, on this machine, and
 * proven to have ended.
 */
export async function removeAbandoned(within = tmpdir()): Promise<void> {
  for (const name of await readdir(within)) {
    const folder = path.join(within, name);
    if (name.startsWith(prefix) && (await isOurs(folder)) && (await ownerOf(folder)) === 'gone')
      await remove(folder);
  }
}

/** Everyone may put something there, such as a pipe that nobody writes to in place of a note. */
async function isOurs(folder: string): Promise<boolean> {
  const found = await lstat(folder).catch(() => undefined);
  return found?.isDirectory() === true && found.uid === process.getuid?.();
}

const remove = (folder: string) => rm(folder, { recursive: true, force: true });
