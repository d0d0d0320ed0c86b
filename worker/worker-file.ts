import path from 'node:path';
import { firstThere } from './first-there.js';

/** What a worker's file is called when nobody names another. A `worker.js` may be anybody's. */
const names = ['tenantry.worker.ts', 'tenantry.worker.js', 'tenantry.worker.mjs'] as const;

/**
 * The file that runs the user's own worker, absolute: the one that `TENANTRY_WORKER` names, else the first there is beside
 * the fleet's file of `tenantry.worker.ts`, `.js` and `.mjs`. Without one, Tenantry's own worker does all that there is.
 */
export function findWorkerFile(
  fleetFile: string,
  environment: NodeJS.ProcessEnv = process.env,
): string | undefined {
  const named = environment.TENANTRY_WORKER;
  return named ? path.resolve(named) : firstThere(path.dirname(fleetFile), names);
}
