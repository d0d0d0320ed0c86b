import { existsSync } from 'node:fs';
import path from 'node:path';

/** The absolute path of the first file that exists in a folder. */
export function firstThere(folder: string, names: readonly string[]): string | undefined {
  return names.map((name) => path.resolve(folder, name)).find((file) => existsSync(file));
}
