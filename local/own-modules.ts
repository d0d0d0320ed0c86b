import path from 'node:path';
import { fileURLToPath } from 'node:url';

const extension = path.extname(fileURLToPath(import.meta.url));

/** Whether this is the package as it is built and installed, rather than a checkout that runs its TypeScript. */
export const isCompiled = extension === '.js';

/** The folder above all rooms: the checkout, or `dist/`, which is laid out alike. */
export const ownRoot = fileURLToPath(new URL('..', import.meta.url));

/** The file of a module of ours, named without its extension: `worker/main`. */
export function ownModule(name: string): string {
  return path.join(ownRoot, name + extension);
}
