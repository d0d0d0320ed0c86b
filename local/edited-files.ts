import { type Stats, unwatchFile, watchFile } from 'node:fs';

/** Looked at in turns: an editor that puts a new file in the place of the old one would end a watch on the file itself. */
const lookMs = 500;

/** Calls back after each time that one of the files is saved. Returns what ends it. It keeps no process alive. */
export function whenEdited(files: readonly string[], edited: () => void): () => void {
  const look = (now: Stats, before: Stats) => {
    if (isSaved(now, before)) edited();
  };
  for (const file of files) watchFile(file, { interval: lookMs, persistent: false }, look);
  return () => {
    for (const file of files) unwatchFile(file, look);
  };
}

/**
 * Another owner or mode is no edit, and the same contents saved again are one: that is how an edit of a file is taken up that they
 * import.
 */
function isSaved(now: Stats, before: Stats): boolean {
  return now.mtimeMs !== before.mtimeMs || now.ino !== before.ino;
}
