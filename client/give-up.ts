import { WorkflowNotFoundError, WorkflowUpdateFailedError } from '@temporalio/client';
import { giveUpUpdateName } from '../tenancy/naming.js';
import type { TenantId } from '../tenancy/tenant-id.js';
import { NothingToGiveUpError } from './errors.js';
import type { OperationStarter } from './operation-starter.js';

/** A step that a person gave up. */
export interface GivenUpStep {
  readonly step: string;
  readonly workflowId: string;
  readonly runId: string;
}

/** Makes the current step of the tenant's operation fail. */
export async function giveUp(
  operations: OperationStarter,
  id: TenantId,
  asked: { readonly step?: string },
): Promise<GivenUpStep> {
  const handle = await operations.latest(id);
  if (handle === undefined) throw new NothingToGiveUpError(nothingRuns, id);
  const { workflowId, runId } = handle;
  const run = operations.temporal.workflow.getHandle(workflowId, runId);
  if ((await run.describe()).status.name !== 'RUNNING') throw new NothingToGiveUpError(nothingRuns, id);
  try {
    const step = await run.executeUpdate<string, [typeof asked]>(giveUpUpdateName, { args: [asked] });
    return { step, workflowId, runId };
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) throw new NothingToGiveUpError(nothingRuns, id);
    if (!(error instanceof WorkflowUpdateFailedError)) throw error;
    throw new NothingToGiveUpError(error.cause?.message ?? error.message, id, { runId });
  }
}

const nothingRuns = 'no operation of the tenant is under way';
