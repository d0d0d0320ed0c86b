import { EnvironmentError } from '../tenancy/environment.js';
import { onLines } from '../tenancy/redact.js';
import { FleetFileError } from './load-fleet.js';
import { serverProblem } from './server-problem.js';
import { createWorker } from './worker-from-environment.js';

/** The worker as a process: works until it is told to stop. */
async function main(): Promise<void> {
  const worker = await createWorker();
  // Temporal's runtime hears SIGTERM and SIGINT, and lets work in hand come to its end.
  await worker.run();
}

main().catch((error: unknown) => {
  // What a person can fix is told in a sentence; anything else with its stack.
  const expected = error instanceof EnvironmentError || error instanceof FleetFileError;
  const told =
    error instanceof Error
      ? expected
        ? error.message
        : (serverProblem(error)?.message ?? error.stack ?? error.message)
      : String(error);
  console.error(onLines(told));
  // At once: a connection that is open would keep a worker alive that does no work.
  process.exit(1);
});
