import { existsSync } from 'node:fs';
import path from 'node:path';

/** The first of the files that there is in a folder, absolute. */
export function firstThere(folder: string, names: readonly string[]): string | undefined {
  return names.map((name) => path.resolve(folder, name)).find((file) => existsSync(file));
}
