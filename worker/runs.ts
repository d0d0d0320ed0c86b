import { Client, WorkflowNotFoundError } from '@temporalio/client';
import type { NativeConnection } from '@temporalio/worker';
import type { Runs } from '../activities/runs.js';

/** What activities ask of Temporal, over the worker's own connection. */
export function runsOf(connection: NativeConnection, namespace: string): Runs {
  const { workflow } = new Client({ connection, namespace });
  return {
    async status(workflowId, runId) {
      try {
        const { status } = await workflow.getHandle(workflowId, runId).describe();
        if (status.name === 'RUNNING') return 'open';
        return status.name === 'COMPLETED' ? 'succeeded' : 'ended';
      } catch (error) {
        if (error instanceof WorkflowNotFoundError) return 'ended';
        throw error;
      }
    },
  };
}
