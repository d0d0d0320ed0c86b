import { EnvironmentError } from '../tenancy/environment.js';
import { onLines } from '../tenancy/redact.js';
import { FleetFileError } from './load-fleet.js';
import { serverProblem } from './server-problem.js';
import { type CreateWorkerOptions, createWorker } from './worker-from-environment.js';

/**
 * Runs a worker as a process until it is asked to stop, and exits with 1 when it cannot continue. An error that a
 * person can fix is printed as a sentence on standard error, any other error with its stack.
 */
export async function runWorker(options: CreateWorkerOptions = {}): Promise<void> {
  try {
    const worker = await createWorker(options);
    // Temporal's runtime handles SIGTERM and SIGINT, and lets running tasks finish.
    await worker.run();
  } catch (error) {
    console.error(onLines(wordsFor(error)));
    // The exit is immediate: an open connection would keep a useless worker alive.
    process.exit(1);
  }
}

function wordsFor(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error instanceof EnvironmentError || error instanceof FleetFileError) return error.message;
  return serverProblem(error)?.message ?? error.stack ?? error.message;
}
