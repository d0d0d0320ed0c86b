import type { Priority, TypedSearchAttributes } from '@temporalio/common';
import { ownTimings } from './default-timings.js';
import type { HookName } from './hooks.js';
import type { TenantOperation } from './lifecycle.js';
import { asMarkdownText } from './markdown.js';
import { tenantWorkflowId } from './naming.js';
import { operationRuns } from './operation-runs.js';
import { priorityOf } from './priorities.js';
import { type Stage, searchAttributes } from './search-attributes.js';
import type { StartedBy } from './started-by.js';
import type { TenantId } from './tenant-id.js';
import type { Timings } from './timings.js';
import type { Visibility } from './visibility.js';

/** A requested operation. */
export interface OperationAsked {
  readonly operation: TenantOperation;
  readonly tenant: { readonly fleet: string; readonly id: TenantId };
  /** The workflow's input besides the tenant; it also tells two requests apart. */
  readonly request: Readonly<Record<string, unknown>>;
  readonly timings: Timings;
  /** The hooks of the requesting fleet. @default those of the worker that begins it */
  readonly hooks?: readonly HookName[];
  /** The tenant's plan, for Temporal's filters. @default the requested plan, if there is one */
  readonly plan?: string;
  readonly stage: Stage;
  readonly visibility?: Visibility | undefined;
  /** Among runs of the same priority, those of each key take turns. @default one that all others share */
  readonly fairnessKey?: string | undefined;
  /** @default a person */
  readonly startedBy?: StartedBy | undefined;
}

/** The options with which any caller starts a run. */
export interface OperationOptions {
  readonly workflowType: string;
  readonly workflowId: string;
  readonly args: [object];
  readonly workflowTaskTimeout: number;
  readonly typedSearchAttributes: TypedSearchAttributes;
  readonly memo: Record<string, unknown>;
  readonly staticSummary: string;
  /** @default the usual one */
  readonly priority?: Priority;
}

/**
 * The options for starting a run of an operation. All operations of a tenant share one workflow id, so two never run
 * at once; the memo tells a second caller which operation is under way.
 */
export function operationOptions(asked: OperationAsked): OperationOptions {
  const { operation, tenant, request, timings, hooks, stage, visibility, fairnessKey, startedBy } = asked;
  const { workflow, summary } = operationRuns[operation];
  const plan = asked.plan ?? (typeof request.plan === 'string' ? request.plan : undefined);
  const visible = visibility?.tenant ?? tenant.id;
  const priorityKey = priorityOf(operation, startedBy);
  return {
    workflowType: workflow,
    workflowId: tenantWorkflowId(tenant.fleet, tenant.id, visibility?.tenant),
    args: [
      {
        tenant,
        ...request,
        ...(hooks === undefined ? {} : { hooks }),
        ...(visibility === undefined ? {} : { visibility }),
        ...(startedBy === undefined ? {} : { startedBy }),
        timings: ownTimings(timings),
      },
    ],
    workflowTaskTimeout: timings.workflowTask,
    typedSearchAttributes: searchAttributes(
      { tenant: visible, fleet: tenant.fleet, plan, stage },
      visibility?.attributes,
    ),
    memo: { operation, request },
    staticSummary: asMarkdownText(summary(visible, request)),
    ...(priorityKey === undefined && fairnessKey === undefined
      ? {}
      : { priority: { ...(priorityKey && { priorityKey }), ...(fairnessKey && { fairnessKey }) } }),
  };
}
