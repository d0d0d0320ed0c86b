import path from 'node:path';
import { firstThere } from './first-there.js';

/** The default names of a fleet's file. */
const names = ['tenantry.config.ts', 'tenantry.config.js', 'tenantry.config.mjs'] as const;

/**
 * The absolute path of the fleet's file: the one in `TENANTRY_CONFIG`, or else the first in the current folder among
 * `tenantry.config.ts`, `.js` and `.mjs`.
 */
export function findFleetFile(
  environment: NodeJS.ProcessEnv = process.env,
  folder: string = process.cwd(),
): string {
  const named = environment.TENANTRY_CONFIG;
  if (named) return path.resolve(folder, named);
  // If none exists, this is the name that `loadFleet` reports as missing.
  return firstThere(folder, names) ?? path.resolve(folder, names[0]);
}
