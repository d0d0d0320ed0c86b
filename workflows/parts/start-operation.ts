import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { ParentClosePolicy, startChild } from '@temporalio/workflow';
import type { TenantInput } from '../../activities/tenant-input.js';
import { type TenantOperation, transitionOf } from '../../tenancy/lifecycle.js';
import { operationOptions } from '../../tenancy/operation-options.js';
import type { StartedBy } from '../../tenancy/started-by.js';
import type { Visibility } from '../../tenancy/visibility.js';
import type { Activities } from '../frame/activities.js';

interface OperationToStart {
  readonly operation: TenantOperation;
  readonly request: Readonly<Record<string, unknown>>;
  readonly visibility?: Visibility;
  readonly startedBy?: StartedBy;
}

/**
 * Starts an operation on a tenant without waiting for it. If another operation is already under way, starts
 * nothing.
 */
export async function startOperation(
  { timings }: Activities,
  tenant: TenantInput['tenant'],
  { operation, request, visibility, startedBy }: OperationToStart,
): Promise<void> {
  const stage = transitionOf(operation).during;
  const asked = { operation, tenant, request, timings, stage, visibility, startedBy };
  const { workflowType, ...options } = operationOptions(asked);
  await startUnlessThere(() =>
    startChild(workflowType, { ...options, parentClosePolicy: ParentClosePolicy.ABANDON }),
  );
}

export async function startUnlessThere(start: () => Promise<unknown>): Promise<void> {
  try {
    await start();
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
  }
}
