import { WorkflowIdConflictPolicy } from '@temporalio/client';
import type { Resource } from '../catalog/resources.js';
import { ownTimings } from '../tenancy/default-timings.js';
import { asMarkdownText } from '../tenancy/markdown.js';
import { removeBranchId } from '../tenancy/naming.js';
import { searchAttributeKeys } from '../tenancy/search-attributes.js';
import type { TenantId } from '../tenancy/tenant-id.js';
import type { RemoveBranchInput } from '../workflows/remove-branch.js';
import { operationHandle } from './operation-handle.js';
import type { OperationStarter } from './operation-starter.js';
import { reachableHandle, reachTemporal } from './reach-temporal.js';

/** Has a worker delete a copy now, and waits until it is gone. Asked twice at once, it is done once. */
export async function removeBranch(
  { fleet, temporal, taskQueue, feed }: OperationStarter,
  id: TenantId,
  { projectId, name, neonId: branchId }: Resource,
): Promise<void> {
  const input: RemoveBranchInput = {
    tenant: { fleet: fleet.name, id },
    projectId,
    name,
    branchId,
    timings: ownTimings(fleet.timings),
  };
  const start = () =>
    temporal.workflow.start('removeBranch', {
      workflowId: removeBranchId(fleet.name, id, name),
      taskQueue,
      args: [input],
      workflowIdConflictPolicy: WorkflowIdConflictPolicy.USE_EXISTING,
      workflowTaskTimeout: fleet.timings.workflowTask,
      typedSearchAttributes: [
        { key: searchAttributeKeys.tenant, value: id },
        { key: searchAttributeKeys.fleet, value: fleet.name },
      ],
      staticSummary: asMarkdownText(`Remove copy ${name} of tenant ${id}`),
    });
  const { workflowId, firstExecutionRunId } = await reachTemporal(temporal, start, id);
  const workflow = temporal.workflow.getHandle<() => Promise<void>>(workflowId, firstExecutionRunId);
  const handle = operationHandle('branch', id, workflow, firstExecutionRunId, feed);
  await reachableHandle(temporal, handle).result();
}
