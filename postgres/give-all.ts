import { statSync } from 'node:fs';
import { run } from './run.js';
import { giveTo, type RunAs } from './run-as.js';

/**
 * Changes the owner of a folder and its contents to the user that works in it from now on; another user may
 * have owned it before. The folder itself comes last: as long as it has another owner, the work is not done.
 */
export async function giveAllTo(runAs: RunAs | undefined, folder: string): Promise<void> {
  // On macOS the uid of `nobody` is -2 in one call and 2^32 - 2 in another.
  if (runAs === undefined || statSync(folder).uid === runAs.uid >>> 0) return;
  const owner = `${runAs.uid >>> 0}:${runAs.gid >>> 0}`;
  await run('find', [folder, '-mindepth', '1', '-exec', 'chown', '-h', owner, '{}', '+']);
  giveTo(runAs, folder);
}
