import { WorkflowIdConflictPolicy } from '@temporalio/client';
import type { Resource } from '../catalog/resources.js';
import { ownTimings } from '../tenancy/default-timings.js';
import { asMarkdownText } from '../tenancy/markdown.js';
import { removeSnapshotId } from '../tenancy/naming.js';
import { searchAttributeKeys } from '../tenancy/search-attributes.js';
import type { TenantId } from '../tenancy/tenant-id.js';
import type { RemoveSnapshotInput } from '../workflows/remove-snapshot.js';
import { operationHandle } from './operation-handle.js';
import type { OperationStarter } from './operation-starter.js';
import { reachableHandle, reachTemporal } from './reach-temporal.js';

/** Has a worker delete a snapshot, and waits until it is gone. Asked twice at once, it is done once. */
export async function removeSnapshot(
  { fleet, temporal, taskQueue, feed }: OperationStarter,
  id: TenantId,
  { projectId, name, neonId: snapshotId }: Resource,
): Promise<void> {
  const input: RemoveSnapshotInput = {
    tenant: { fleet: fleet.name, id },
    projectId,
    name,
    snapshotId,
    timings: ownTimings(fleet.timings),
  };
  const start = () =>
    temporal.workflow.start('removeSnapshot', {
      workflowId: removeSnapshotId(fleet.name, id, snapshotId),
      taskQueue,
      args: [input],
      workflowIdConflictPolicy: WorkflowIdConflictPolicy.USE_EXISTING,
      workflowTaskTimeout: fleet.timings.workflowTask,
      typedSearchAttributes: [
        { key: searchAttributeKeys.tenant, value: id },
        { key: searchAttributeKeys.fleet, value: fleet.name },
      ],
      staticSummary: asMarkdownText(`Remove snapshot ${name} of tenant ${id}`),
    });
  const { workflowId, firstExecutionRunId } = await reachTemporal(temporal, start, id);
  const workflow = temporal.workflow.getHandle<() => Promise<void>>(workflowId, firstExecutionRunId);
  const handle = operationHandle('snapshot', id, workflow, firstExecutionRunId, feed);
  await reachableHandle(temporal, handle).result();
}
