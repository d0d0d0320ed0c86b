import { unwatchFile, watchFile } from 'node:fs';

/** Looked at in turns: an editor that puts a new file in the place of the old one would end a watch on the file itself. */
const lookMs = 500;

/** Calls back after each edit of one of the files. Returns what ends it. It keeps no process alive. */
export function whenEdited(files: readonly string[], edited: () => void): () => void {
  for (const file of files) watchFile(file, { interval: lookMs, persistent: false }, edited);
  return () => {
    for (const file of files) unwatchFile(file, edited);
  };
}
