import { Client, WorkflowNotFoundError } from '@temporalio/client';
import type { NativeConnection } from '@temporalio/worker';
import type { Runs } from '../activities/runs.js';

/** What activities ask of Temporal, over the worker's own connection. */
export function runsOf(connection: NativeConnection, namespace: string): Runs {
  const { workflow } = new Client({ connection, namespace });
  return {
    async isOpen(workflowId, runId) {
      try {
        const { status } = await workflow.getHandle(workflowId, runId).describe();
        return status.name === 'RUNNING';
      } catch (error) {
        if (error instanceof WorkflowNotFoundError) return false;
        throw error;
      }
    },
  };
}
