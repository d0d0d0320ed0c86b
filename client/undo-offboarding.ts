import { WorkflowNotFoundError, WorkflowUpdateFailedError } from '@temporalio/client';
import { undoOffboardingUpdateName } from '../tenancy/naming.js';
import type { TenantId } from '../tenancy/tenant-id.js';
import type { OffboardedTenant } from '../workflows/offboard-tenant.js';
import { NotOffboardingError, TooLateToUndoError } from './errors.js';
import type { OperationHandle } from './operation-handle.js';
import type { OperationStarter } from './operation-starter.js';

/** Makes the tenant's offboarding undo itself. Returns a handle on its run, which allows connections again. */
export async function undoOffboarding(
  operations: OperationStarter,
  id: TenantId,
): Promise<OperationHandle<OffboardedTenant>> {
  const handle = await operations.latest(id);
  if (handle?.operation !== 'offboard') throw new NotOffboardingError(id);
  const { workflowId, runId } = handle;
  const run = operations.temporal.workflow.getHandle(workflowId, runId);
  if ((await run.describe()).status.name !== 'RUNNING') throw new NotOffboardingError(id);
  try {
    await run.executeUpdate(undoOffboardingUpdateName);
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) throw new NotOffboardingError(id);
    if (!(error instanceof WorkflowUpdateFailedError)) throw error;
    throw new TooLateToUndoError(error.cause?.message ?? error.message, id, { runId });
  }
  return handle;
}
