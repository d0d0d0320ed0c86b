import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { ChildWorkflowFailure, isCancellation, ParentClosePolicy, startChild } from '@temporalio/workflow';
import { type TenantOperation, tenantOperations, transitionOf } from '../tenancy/lifecycle.js';
import { operationOptions } from '../tenancy/operation-options.js';
import type { TenantId } from '../tenancy/tenant-id.js';
import { readTimings } from './frame/activities.js';
import { movesToTheCurrentBuild } from './frame/build-moves.js';
import { endingWith, reasonOf } from './frame/failure-reason.js';
import { refuseUnfitInput } from './frame/refuse-unfit-input.js';

export interface RunOperationInput {
  readonly tenant: { readonly fleet: string; readonly id: TenantId };
  readonly operation: TenantOperation;
  /** The operation's own input, as its workflow takes it: `{ plan: 'pro', apply: true }`. @default nothing */
  readonly request?: Readonly<Record<string, unknown>>;
}

export type RanOperation =
  | { readonly outcome: 'done'; readonly result: unknown }
  /** Another operation of the tenant was under way, so nothing was done. */
  | { readonly outcome: 'busy' };

/**
 * Runs an operation on a tenant from outside a backend, as a child: from a schedule, or from a workflow of
 * the user's. The operation runs under the tenant's own workflow id, and nothing is done if another operation
 * of the tenant is under way. If this run is terminated, the operation continues; if this run is cancelled,
 * the operation is undone. Fails with the operation's error.
 */
export async function runOperation(input: RunOperationInput): Promise<RanOperation> {
  refuseUnfitInput(input);
  const { tenant, operation, request = {} } = input;
  if (!tenantOperations.includes(operation)) {
    const message = `there is no operation "${operation}": there are ${tenantOperations.join(', ')}`;
    throw endingWith({ type: 'RequestUnfit', message });
  }
  const { visibility, ...timings } = await readTimings(tenant);
  const stage = transitionOf(operation).during;
  const { workflowType, ...options } = operationOptions({
    ...{ operation, tenant, request, timings, stage, visibility },
  });
  try {
    const child = await startChild(workflowType, {
      ...options,
      parentClosePolicy: ParentClosePolicy.ABANDON,
    });
    return { outcome: 'done', result: await child.result() };
  } catch (error) {
    if (error instanceof WorkflowExecutionAlreadyStartedError) return { outcome: 'busy' };
    // A cancelled run ends as cancelled, not as failed.
    if (error instanceof ChildWorkflowFailure && !isCancellation(error)) throw endingWith(reasonOf(error));
    throw error;
  }
}

movesToTheCurrentBuild(runOperation);
