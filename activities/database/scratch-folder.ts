import { lstat, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { noteOwner, ownerOf } from '../../setup/owned-folder.mjs';

const prefix = 'tenantry-copy-';

/**
 * Works with a folder for temporary files. The folder of a worker that is killed stays: see {@link
 * removeAbandoned}.
 */
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
 * Removes the folders of killed workers, which contain the definitions of a tenant's database: only folders
 * of this user, on this machine, whose worker has provably ended.
 */
export async function removeAbandoned(within = tmpdir()): Promise<void> {
  for (const name of await readdir(within)) {
    const folder = path.join(within, name);
    if (name.startsWith(prefix) && (await isOurs(folder)) && (await ownerOf(folder)) === 'gone')
      await remove(folder);
  }
}

/** Everyone may create files there, such as a pipe without a writer in place of a note. */
async function isOurs(folder: string): Promise<boolean> {
  const found = await lstat(folder).catch(() => undefined);
  return found?.isDirectory() === true && found.uid === process.getuid?.();
}

const remove = (folder: string) => rm(folder, { recursive: true, force: true });
