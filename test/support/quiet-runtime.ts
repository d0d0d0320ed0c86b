import v8 from 'node:v8';
import { DefaultLogger, Runtime } from '@temporalio/worker';

let installed = false;

/**
 * For workers in the process of a test, whose workflows run in its own thread (a process has one runtime).
 *
 * Attempts that fail and runs that are refused are what tests are about; their warnings are not. And so that a workflow can
 * be asked where it stands, a worker would note where every promise was made: in one thread with them, also those of the
 * emulator and of the test, which is a twelfth of what the thread does.
 */
export function quietRuntime(): void {
  if (installed) return;
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  v8.promiseHooks.createHook = () => () => {};
  installed = true;
}
