import type { Resource } from '../catalog/resources.js';
import { ownTimings } from '../tenancy/default-timings.js';
import { removeSnapshotId } from '../tenancy/naming.js';
import type { TenantId } from '../tenancy/tenant-id.js';
import type { RemoveSnapshotInput } from '../workflows/remove-snapshot.js';
import type { OperationStarter } from './operation-starter.js';
import { runBeside } from './run-beside.js';

/** Has a worker delete a snapshot now, and waits until it is gone. Two concurrent calls share one run. */
export function removeSnapshot(
  operations: OperationStarter,
  id: TenantId,
  { projectId, name, neonId: snapshotId }: Resource,
): Promise<void> {
  const { fleet } = operations;
  const input: RemoveSnapshotInput = {
    tenant: { fleet: fleet.name, id },
    projectId,
    name,
    snapshotId,
    timings: ownTimings(fleet.timings),
  };
  return runBeside(operations, id, {
    workflowType: 'removeSnapshot',
    workflowId: (visible) => removeSnapshotId(fleet.name, id, snapshotId, visible),
    input,
    summary: (shown) => `Delete snapshot ${name} of tenant ${shown}`,
    operation: 'snapshot',
  });
}
