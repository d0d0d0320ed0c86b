import { isGrpcServiceError } from '@temporalio/client';
import proto from '@temporalio/proto';
import type { NativeConnection } from '@temporalio/worker';
import type { Runs } from '../activities/runs.js';

const running = proto.temporal.api.enums.v1.WorkflowExecutionStatus.WORKFLOW_EXECUTION_STATUS_RUNNING;
/** https://grpc.github.io/grpc/core/md_doc_statuscodes.html */
const notFound = 5;

/**
 * What activities ask of Temporal, over the worker's own connection. Not by the SDK's client, which would decode the run's memo: a fleet
 * may have it encrypted, and with a key that is gone.
 */
export function runsOf({ workflowService }: NativeConnection, namespace: string): Runs {
  return {
    async isOpen(workflowId, runId) {
      try {
        const { workflowExecutionInfo: run } = await workflowService.describeWorkflowExecution({
          namespace,
          execution: { workflowId, runId },
        });
        return run?.status === running;
      } catch (error) {
        if (isGrpcServiceError(error) && error.code === notFound) return false;
        throw error;
      }
    },
  };
}
