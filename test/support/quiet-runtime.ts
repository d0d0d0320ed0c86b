import { DefaultLogger, Runtime } from '@temporalio/worker';

let installed = false;

/** Attempts that fail and runs that are refused are what tests are about; their warnings are not. A process has one runtime. */
export function quietRuntime(): void {
  if (installed) return;
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  installed = true;
}
