import path from 'node:path';
import { firstThere } from './first-there.js';

/** The default names of a worker's file. A `worker.js` may belong to any program. */
const names = ['tenantry.worker.ts', 'tenantry.worker.js', 'tenantry.worker.mjs'] as const;

/**
 * The absolute path of the file that runs the user's own worker: the one in `TENANTRY_WORKER`, or else the first
 * beside the fleet's file among `tenantry.worker.ts`, `.js` and `.mjs`. Without one, Tenantry's own worker does
 * everything.
 */
export function findWorkerFile(
  fleetFile: string,
  environment: NodeJS.ProcessEnv = process.env,
): string | undefined {
  const named = environment.TENANTRY_WORKER;
  return named ? path.resolve(named) : firstThere(path.dirname(fleetFile), names);
}
