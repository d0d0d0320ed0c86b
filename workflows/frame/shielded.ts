import { CancellationScope, TemporalFailure } from '@temporalio/workflow';
import { endingWith, reasonOf } from './failure-reason.js';

/** Runs work that a cancellation does not reach. A final failure of it is the reason that the run ends with. */
export async function shielded<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await CancellationScope.nonCancellable(work);
  } catch (error) {
    // Any other error is a defect in this code: it fails the task, and the run goes on once that is mended.
    throw error instanceof TemporalFailure ? endingWith(reasonOf(error)) : error;
  }
}

/**
 * Runs the last step of a run that failed: it tells the catalog. Where that fails too, returns what to add to the reason.
 */
export async function letGo(tellCatalog: () => Promise<void>): Promise<string> {
  try {
    await CancellationScope.nonCancellable(tellCatalog);
    return '';
  } catch (error) {
    if (!(error instanceof TemporalFailure)) throw error;
    return `; could not let go of the tenant: ${reasonOf(error).message}`;
  }
}
