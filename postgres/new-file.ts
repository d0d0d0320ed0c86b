import { closeSync, fchmodSync, fchownSync, openSync, rmSync, writeFileSync } from 'node:fs';
import type { RunAs } from './run-as.js';

/**
 * Writes a new file in a folder that belongs to the user that Postgres runs as. That user may have put a link
 * there, through which root would write to its target: so an existing entry is removed first, and a link that
 * appears in between fails the write.
 */
export function writeNew(
  file: string,
  content: string,
  { mode = 0o644, owner }: { readonly mode?: number; readonly owner?: RunAs | undefined } = {},
): void {
  rmSync(file, { force: true });
  const fd = openSync(file, 'wx', mode);
  try {
    fchmodSync(fd, mode);
    if (owner !== undefined) fchownSync(fd, owner.uid, owner.gid);
    writeFileSync(fd, content);
  } finally {
    closeSync(fd);
  }
}
