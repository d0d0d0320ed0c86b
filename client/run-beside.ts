import { WorkflowIdConflictPolicy } from '@temporalio/client';
import { asMarkdownText } from '../tenancy/markdown.js';
import { searchAttributeKeys } from '../tenancy/search-attributes.js';
import type { TenantId } from '../tenancy/tenant-id.js';
import { operationHandle } from './operation-handle.js';
import type { OperationStarter } from './operation-starter.js';
import { reachableHandle, reachTemporal } from './reach-temporal.js';

export interface RunBeside {
  readonly workflowType: 'removeBranch' | 'removeSnapshot';
  readonly workflowId: string;
  readonly input: object;
  readonly summary: string;
  /** The operation that made what it is about: errors name it. */
  readonly operation: 'branch' | 'snapshot';
}

/** Has a worker do what runs beside a tenant's own operations, and waits for its end. Asked twice at once, it is done once. */
export async function runBeside(
  { fleet, temporal, taskQueue, feed }: OperationStarter,
  id: TenantId,
  { workflowType, workflowId, input, summary, operation }: RunBeside,
): Promise<void> {
  const start = () =>
    temporal.workflow.start(workflowType, {
      workflowId,
      taskQueue,
      args: [input],
      workflowIdConflictPolicy: WorkflowIdConflictPolicy.USE_EXISTING,
      workflowTaskTimeout: fleet.timings.workflowTask,
      typedSearchAttributes: [
        { key: searchAttributeKeys.tenant, value: id },
        { key: searchAttributeKeys.fleet, value: fleet.name },
      ],
      staticSummary: asMarkdownText(summary),
    });
  const { firstExecutionRunId: runId } = await reachTemporal(temporal, start, id);
  const workflow = temporal.workflow.getHandle<() => Promise<void>>(workflowId, runId);
  await reachableHandle(temporal, operationHandle(operation, id, workflow, runId, feed)).result();
}
