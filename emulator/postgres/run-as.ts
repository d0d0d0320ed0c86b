import { chownSync } from 'node:fs';

/** The user a process drops to. Postgres refuses to run as root. */
export interface RunAs {
  readonly uid: number;
  readonly gid: number;
}

/** Gives a file or folder of ours to the user that will work in it; nothing to do when we stay who we are. */
export function giveTo(runAs: RunAs | undefined, path: string): void {
  if (runAs !== undefined) chownSync(path, runAs.uid, runAs.gid);
}
