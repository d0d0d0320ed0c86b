import { lchownSync } from 'node:fs';

/** The user a process drops to. Postgres refuses to run as root. */
export interface RunAs {
  readonly uid: number;
  readonly gid: number;
}

/**
 * Gives a file or folder of ours to the user that will work in it; nothing to do when we stay who we are. Of a link, that
 * user gets the link, and not what it leads to.
 */
export function giveTo(runAs: RunAs | undefined, path: string): void {
  if (runAs !== undefined) lchownSync(path, runAs.uid, runAs.gid);
}
