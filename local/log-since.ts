import { readFile, stat } from 'node:fs/promises';

/** Enough for a stack of Temporal's with the sentence that it begins with. */
const lines = 60;

/** Returns the end of what is written to a log from now on: what stands in it already is of an earlier run. */
export async function logSince(file: string): Promise<() => Promise<string>> {
  const start = await stat(file).then(
    ({ size }) => size,
    () => 0,
  );
  return async () => {
    const written = await readFile(file).then(
      (content) => content.subarray(start),
      () => '',
    );
    return written.toString().trimEnd().split('\n').slice(-lines).join('\n');
  };
}
