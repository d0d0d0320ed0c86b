import {
  ApplicationFailure,
  CancelledFailure,
  TerminatedFailure,
  TimeoutFailure,
  WorkflowFailedError,
  type WorkflowHandle,
} from '@temporalio/client';
import { reasonIn } from '../tenancy/failure-reason.js';
import type { TenantOperation } from '../tenancy/lifecycle.js';
import type { StepProgress } from '../tenancy/progress.js';
import type { TenantId } from '../tenancy/tenant-id.js';
import { OperationCancelledError, OperationFailedError, OperationTerminatedError } from './errors.js';
import { followProgress } from './follow-progress.js';
import type { ProgressFeed } from './progress-feed.js';

/** A handle on one operation of a tenant. Any process can have one, no matter which process started the run. */
export interface OperationHandle<Result, Operation extends TenantOperation = TenantOperation> {
  readonly operation: Operation;
  readonly tenantId: TenantId;
  readonly workflowId: string;
  readonly runId: string;
  /**
   * Yields every step as it begins and ends, from the first one on, and why a step waits for its next attempt; ends
   * when the run does. It reads the catalog, so it costs Temporal next to nothing, for any number of followers and
   * any time.
   */
  progress(): AsyncIterable<StepProgress>;
  /**
   * Waits until the operation is done. Throws `OperationFailedError` or `OperationCancelledError` once all of the
   * run's changes are undone; `OperationTerminatedError` for a run that was terminated and undid nothing.
   */
  result(): Promise<Result>;
  /** Asks the run to stop and undo its changes; `result()` throws once that is done. */
  cancel(): Promise<void>;
}

export function operationHandle<Result>(
  operation: TenantOperation,
  tenantId: TenantId,
  workflow: WorkflowHandle<(...args: unknown[]) => Promise<Result>>,
  runId: string,
  feed: ProgressFeed,
): OperationHandle<Result> {
  const result = async (): Promise<Result> => {
    try {
      return await workflow.result();
    } catch (error) {
      throw error instanceof WorkflowFailedError ? outcomeOf(error, operation, tenantId, runId) : error;
    }
  };
  return {
    operation,
    tenantId,
    workflowId: workflow.workflowId,
    runId,
    progress: () => followProgress({ workflow, tenantId, runId, feed }),
    result,
    async cancel() {
      await workflow.cancel();
    },
  };
}

function outcomeOf(
  { cause }: WorkflowFailedError,
  operation: TenantOperation,
  tenantId: TenantId,
  runId: string,
): Error {
  if (cause instanceof CancelledFailure) return new OperationCancelledError(tenantId, runId, operation);
  // Our runs have no timeout, so somebody else has set this one.
  if (cause instanceof TerminatedFailure || cause instanceof TimeoutFailure)
    return new OperationTerminatedError(tenantId, runId, operation, cause.message);
  const message = cause?.message ?? 'the run ended without a reason';
  const reason =
    cause instanceof ApplicationFailure ? reasonIn(cause) : { type: 'Unexpected' as const, message };
  return new OperationFailedError(tenantId, runId, operation, reason);
}
