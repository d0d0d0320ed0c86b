import { TemporalFailure, workflowInfo } from '@temporalio/workflow';
import { tenantWorkflowId } from '../../tenancy/naming.js';
import type { TenantId } from '../../tenancy/tenant-id.js';
import type { Visibility } from '../../tenancy/visibility.js';
import { endingWith, reasonOf } from './failure-reason.js';
import { refuseUnfitInput } from './refuse-unfit-input.js';

/**
 * What a tenant's workflow stands in. It runs under the tenant's own workflow id alone, which is what keeps two of them from
 * running at once; and a run that no longer holds its tenant ends there and then, with `StaleRun`: it changes nothing more,
 * and undoes nothing, for what there is to undo is another run's by now.
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
