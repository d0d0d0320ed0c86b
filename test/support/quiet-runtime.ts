import { DefaultLogger, Runtime } from '@temporalio/worker';

let installed = false;

/**
 * For workers in the process of a test, which has one runtime. Attempts that fail and runs that are refused are what tests are
 * about; their warnings are not.
 */
export function quietRuntime(): void {
  if (installed) return;
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  installed = true;
}
