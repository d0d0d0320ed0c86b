import { EnvironmentError } from '../tenancy/environment.js';
import { onLines } from '../tenancy/redact.js';
import { FleetFileError } from './load-fleet.js';
import { serverProblem } from './server-problem.js';
import { type CreateWorkerOptions, createWorker } from './worker-from-environment.js';

/**
 * A worker as a process: works until it is told to stop, and ends the process with 1 where it cannot. What a person can mend
 * is said in a sentence on standard error, anything else with its stack.
 */
export async function runWorker(options: CreateWorkerOptions = {}): Promise<void> {
  try {
    const worker = await createWorker(options);
    // Temporal's runtime handles SIGTERM and SIGINT, and lets running tasks finish.
    await worker.run();
  } catch (error) {
    console.error(onLines(wordsFor(error)));
    // At once: a connection that is open would keep a worker alive that does no work.
    process.exit(1);
  }
}

function wordsFor(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error instanceof EnvironmentError || error instanceof FleetFileError) return error.message;
  return serverProblem(error)?.message ?? error.stack ?? error.message;
}
