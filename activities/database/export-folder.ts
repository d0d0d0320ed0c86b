import { constants } from 'node:fs';
import { access, lstat, mkdir, realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import { failure } from '../../tenancy/failures.js';
import type { Dependencies } from '../dependencies.js';

/**
 * Returns the folder for exports, and creates it if needed, once it is certain that only the worker's own
 * user can put anything into it: a symbolic link under the name of an export would make the worker write,
 * read or remove somebody else's file. Throws `RequestUnfit` with the problem.
 */
export async function exportFolder(dependencies: Dependencies): Promise<string> {
  const exportDir = named(dependencies);
  if (exportDir === undefined) {
    throw failure(
      'RequestUnfit',
      'the worker has no folder for exports: set TENANTRY_EXPORT_DIR for it, or ask without an export',
    );
  }
  try {
    await mkdir(exportDir, { recursive: true, mode: 0o700 });
    await access(exportDir, constants.W_OK);
  } catch (error) {
    throw unfit(`the worker cannot write to it (${codeOf(error)})`);
  }
  await ensureOwn(exportDir);
  return exportDir;
}

/** The same without creating it; `undefined` if it does not exist. */
export async function exportFolderIfThere(dependencies: Dependencies): Promise<string | undefined> {
  const exportDir = named(dependencies);
  if (exportDir === undefined || !(await isThere(exportDir))) return undefined;
  await ensureOwn(exportDir);
  return exportDir;
}

/** Resolved, because a link with a trailing slash passes for its target. */
function named({ exportDir }: Dependencies): string | undefined {
  return exportDir === undefined ? undefined : path.resolve(exportDir);
}

const writableByOthers = 0o022;
const writableByAll = 0o002;
const sticky = 0o1000;

async function ensureOwn(folder: string): Promise<void> {
  const found = await lstat(folder);
  if (found.isSymbolicLink()) throw unfit('it is a link: name the folder itself');
  if (!found.isDirectory()) throw unfit('it is no folder');
  if (!isOurs(found.uid)) throw unfit(`it belongs to another user (${found.uid})`);
  if (found.mode & writableByOthers)
    throw unfit('others may write to it: chmod go-w it, or name a folder below it, for the worker to make');
  for (let above = path.dirname(await realpath(folder)); ; above = path.dirname(above)) {
    const { mode } = await stat(above);
    // In a folder such as /tmp, only the owner of a folder can replace it.
    if (mode & writableByAll && !(mode & sticky))
      throw unfit(`others may put another one in its place, for everyone may write to ${above}`);
    if (above === path.dirname(above)) return;
  }
}

/** Root can do anything anyway, and often owns a mounted volume. */
export function isOurs(uid: number): boolean {
  return uid === process.getuid?.() || uid === 0;
}

function unfit(what: string) {
  return failure('RequestUnfit', `the folder for exports, TENANTRY_EXPORT_DIR, will not do: ${what}`);
}

export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'no reason given';
}

function isThere(file: string): Promise<boolean> {
  return lstat(file).then(
    () => true,
    () => false,
  );
}
