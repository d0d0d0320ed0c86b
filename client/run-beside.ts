import { WorkflowIdConflictPolicy } from '@temporalio/client';
import { asMarkdownText } from '../tenancy/markdown.js';
import { searchAttributeKeysOf } from '../tenancy/search-attributes.js';
import type { TenantId } from '../tenancy/tenant-id.js';
import { operationHandle } from './operation-handle.js';
import type { OperationStarter } from './operation-starter.js';
import { reachTemporal } from './reach-temporal.js';
import { reachableHandle } from './reachable-handle.js';

export interface RunBeside {
  readonly workflowType: 'removeBranch' | 'removeSnapshot';
  /** @param visible What identifies the tenant, if it is not the id. */
  workflowId(visible: string | undefined): string;
  readonly input: object;
  /** @param shown The tenant's id, or what stands for it. */
  summary(shown: string): string;
  /** The operation that created the resource: errors name it. */
  readonly operation: 'branch' | 'snapshot';
}

/** Runs a workflow beside a tenant's own operations, and waits for its end. Two concurrent calls share one run. */
export async function runBeside(
  { fleet, temporal, taskQueue, feed, visibility }: OperationStarter,
  id: TenantId,
  { workflowType, input, operation, ...shows }: RunBeside,
): Promise<void> {
  const { tenant: visible, attributes } = (await visibility(id)) ?? {};
  const workflowId = shows.workflowId(visible);
  const shown = visible ?? id;
  const keys = searchAttributeKeysOf(attributes);
  const start = () =>
    temporal.workflow.start(workflowType, {
      workflowId,
      taskQueue,
      args: [input],
      workflowIdConflictPolicy: WorkflowIdConflictPolicy.USE_EXISTING,
      workflowTaskTimeout: fleet.timings.workflowTask,
      typedSearchAttributes: [
        { key: keys.tenant, value: shown },
        { key: keys.fleet, value: fleet.name },
      ],
      staticSummary: asMarkdownText(shows.summary(shown)),
    });
  const { firstExecutionRunId: runId } = await reachTemporal(temporal, start, id);
  const workflow = temporal.workflow.getHandle<() => Promise<void>>(workflowId, runId);
  await reachableHandle(temporal, operationHandle(operation, id, workflow, runId, feed)).result();
}
