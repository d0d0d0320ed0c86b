import { cancellationSignal } from '@temporalio/activity';
import { isNeonError } from '../../neon/neon-error.js';
import { listOperations, outcomeOf } from '../../neon/operations.js';
import type { Dependencies } from '../dependencies.js';
import { timingsOf } from '../tenant-input.js';
import { asWords, type OperationsStep, operationsPending } from './await-operations.js';
import { nextLook } from './next-look.js';

/**
 * Waits until none of the project's operations is under way, whatever their outcome: for callers that do not
 * know which operations were started, because a reply was lost or a run was cancelled, and that check the
 * result themselves. One call per attempt. A project that is gone counts as idle.
 */
export function awaitIdle({ neon, durations }: Dependencies) {
  return async (step: OperationsStep): Promise<void> => {
    const { projectId } = step;
    const timings = timingsOf(step);
    const listed = await listOperations(neon, projectId, cancellationSignal()).catch((error: unknown) => {
      if (isNeonError(error, 'NeonNotFound')) return [];
      throw error;
    });
    const pending = listed.filter(
      (operation) =>
        outcomeOf(operation, timings.failedOperationGrace) === 'pending' &&
        // An operation that has hung for long is not waited for.
        Date.now() - Date.parse(operation.created_at) <= timings.operationDeadline,
    );
    if (pending.length === 0) return;
    throw operationsPending(projectId, pending.map(asWords), nextLook(durations, pending, timings));
  };
}
