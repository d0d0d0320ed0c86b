import { TemporalFailure, workflowInfo } from '@temporalio/workflow';
import { tenantWorkflowId } from '../../tenancy/naming.js';
import type { TenantId } from '../../tenancy/tenant-id.js';
import type { Visibility } from '../../tenancy/visibility.js';
import { endingWith, reasonOf } from './failure-reason.js';
import { refuseUnfitInput } from './refuse-unfit-input.js';

/**
 * Wraps every tenant workflow. It insists on the tenant's own workflow id, which keeps two operations on one
 * tenant from running at once. A run that no longer holds its tenant ends immediately with `StaleRun`: it
 * changes and undoes nothing, because by then the undo belongs to another run.
 */
export async function ownRun<Result>(
  input: {
    readonly tenant: { readonly fleet: string; readonly id: TenantId };
    readonly visibility?: Visibility;
  },
  work: () => Promise<Result>,
): Promise<Result> {
  refuseUnfitInput(input);
  const { fleet, id } = input.tenant;
  const { workflowId, workflowType } = workflowInfo();
  const own = tenantWorkflowId(fleet, id, input.visibility?.tenant);
  if (workflowId !== own) {
    const message = `${workflowType} of tenant "${id}" runs under the workflow id "${own}" alone, not as "${workflowId}"; from a schedule or a workflow of yours, start runOperation`;
    throw endingWith({ type: 'RequestUnfit', message });
  }
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof TemporalFailure) || !isStale(error)) throw error;
    throw endingWith(reasonOf(error));
  }
}

export function isStale(error: TemporalFailure): boolean {
  return reasonOf(error).type === 'StaleRun';
}
