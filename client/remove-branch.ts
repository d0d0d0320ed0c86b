import type { Resource } from '../catalog/resources.js';
import { ownTimings } from '../tenancy/default-timings.js';
import { removeBranchId } from '../tenancy/naming.js';
import type { TenantId } from '../tenancy/tenant-id.js';
import type { RemoveBranchInput } from '../workflows/remove-branch.js';
import type { OperationStarter } from './operation-starter.js';
import { runBeside } from './run-beside.js';

/** Has a worker delete a copy now, and waits until it is gone. Two concurrent calls share one run. */
export function removeBranch(
  operations: OperationStarter,
  id: TenantId,
  { projectId, name, neonId: branchId }: Resource,
): Promise<void> {
  const { fleet } = operations;
  const input: RemoveBranchInput = {
    tenant: { fleet: fleet.name, id },
    projectId,
    name,
    branchId,
    timings: ownTimings(fleet.timings),
  };
  return runBeside(operations, id, {
    workflowType: 'removeBranch',
    workflowId: (visible) => removeBranchId(fleet.name, id, name, visible),
    input,
    summary: (shown) => `Delete branch ${name} of tenant ${shown}`,
    operation: 'branch',
  });
}
