import type { Resource } from '../catalog/resources.js';
import { removeBranchSignalName } from '../tenancy/naming.js';
import type { TenantId } from '../tenancy/tenant-id.js';
import type { KeepBranchInput, keepBranch, RemovedBranch } from '../workflows/keep-branch.js';
import { keeperOf } from './kept-resources.js';
import { operationHandle } from './operation-handle.js';
import type { OperationStarter } from './operation-starter.js';

/** Tells the keeper of a copy to delete it now, or another in its place should it be lost; waits until it is gone. */
export async function removeBranch(
  { fleet, temporal, taskQueue }: OperationStarter,
  id: TenantId,
  branch: Resource,
): Promise<void> {
  const input: KeepBranchInput = {
    tenant: { fleet: fleet.name, id },
    projectId: branch.projectId,
    name: branch.name,
    expiresAt: new Date().toISOString(),
    timings: fleet.timings,
  };
  const keeper = await temporal.workflow.signalWithStart('keepBranch' satisfies (typeof keepBranch)['name'], {
    workflowId: keeperOf(branch),
    taskQueue,
    args: [input],
    signal: removeBranchSignalName,
    signalArgs: [],
    workflowTaskTimeout: fleet.timings.workflowTask,
  });
  const workflow = temporal.workflow.getHandle<() => Promise<RemovedBranch>>(keeper.workflowId);
  await operationHandle('branch', id, workflow, keeper.signaledRunId).result();
}
