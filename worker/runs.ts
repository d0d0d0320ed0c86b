import { isGrpcServiceError } from '@temporalio/client';
import proto from '@temporalio/proto';
import type { NativeConnection } from '@temporalio/worker';
import type { Runs } from '../activities/runs.js';

const { WORKFLOW_EXECUTION_STATUS_RUNNING: running, WORKFLOW_EXECUTION_STATUS_COMPLETED: completed } =
  proto.temporal.api.enums.v1.WorkflowExecutionStatus;
/** https://grpc.github.io/grpc/core/md_doc_statuscodes.html */
const notFound = 5;

/**
 * The requests of activities to Temporal, over the worker's own connection. The SDK's client would decode the run's
 * memo, which may be encrypted with a key that is gone.
 */
export function runsOf({ workflowService }: NativeConnection, namespace: string): Runs {
  return {
    async status(workflowId, runId) {
      try {
        const { workflowExecutionInfo: run } = await workflowService.describeWorkflowExecution({
          namespace,
          execution: { workflowId, runId: runId ?? null },
        });
        if (run?.status === running) return 'open';
        return run?.status === completed ? 'succeeded' : 'ended';
      } catch (error) {
        if (isGrpcServiceError(error) && error.code === notFound) return 'ended';
        throw error;
      }
    },
  };
}
