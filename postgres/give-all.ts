import { statSync } from 'node:fs';
import { run } from './run.js';
import { giveTo, type RunAs } from './run-as.js';

/**
 * Gives a folder with all that is in it to the user that works in it from now on; it may have been another's before.
 * The folder itself comes last: as long as it is another's, there is something left to give.
 */
export async function giveAllTo(runAs: RunAs | undefined, folder: string): Promise<void> {
  // On macOS nobody is -2 to one call and 2^32 - 2 to another.
  if (runAs === undefined || statSync(folder).uid === runAs.uid >>> 0) return;
  const owner = `${runAs.uid >>> 0}:${runAs.gid >>> 0}`;
  await run('find', [folder, '-mindepth', '1', '-exec', 'chown', '-h', owner, '{}', '+']);
  giveTo(runAs, folder);
}
