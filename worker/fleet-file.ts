import path from 'node:path';
import { firstThere } from './first-there.js';

/** What a fleet's file is called when nobody names another. */
const names = ['tenantry.config.ts', 'tenantry.config.js', 'tenantry.config.mjs'] as const;

/**
 * The fleet's file, absolute: the one that `TENANTRY_CONFIG` names, else the first there is in the current folder of
 * `tenantry.config.ts`, `.js` and `.mjs`.
 */
export function findFleetFile(
  environment: NodeJS.ProcessEnv = process.env,
  folder: string = process.cwd(),
): string {
  const named = environment.TENANTRY_CONFIG;
  if (named) return path.resolve(folder, named);
  // With none there, the name that `loadFleet` then says is missing.
  return firstThere(folder, names) ?? path.resolve(folder, names[0]);
}
