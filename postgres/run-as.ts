import { lchownSync } from 'node:fs';

/** The user that a process switches to. Postgres refuses to run as root. */
export interface RunAs {
  readonly uid: number;
  readonly gid: number;
}

/**
 * Changes the owner of one of our files or folders to the user that will work in it; does nothing if we do
 * not switch users. For a link, it changes the link itself, not its target.
 */
export function giveTo(runAs: RunAs | undefined, path: string): void {
  if (runAs !== undefined) lchownSync(path, runAs.uid, runAs.gid);
}
