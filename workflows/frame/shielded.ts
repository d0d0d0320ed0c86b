import { CancellationScope, TemporalFailure } from '@temporalio/workflow';
import { endingWith, reasonOf } from './failure-reason.js';

/** Runs work that a cancellation does not reach. If the work fails for good, that failure is the run's. */
export async function shielded<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await CancellationScope.nonCancellable(work);
  } catch (error) {
    // Any other error is a bug in this code: it fails the workflow task, and the run continues once the bug
    // is fixed.
    throw error instanceof TemporalFailure ? endingWith(reasonOf(error)) : error;
  }
}

/**
 * Runs the last step of a failed run, which releases the tenant in the catalog. If that step fails too,
 * returns an addition to the reason.
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
