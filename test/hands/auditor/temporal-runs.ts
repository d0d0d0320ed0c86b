import { searchAttributeKeysOf } from '../../../tenancy/search-attributes.js';
import type { TestTenantry } from '../../support/tenantry.js';

/** A run as Temporal has it. */
export interface Run {
  readonly workflowId: string;
  readonly runId: string;
  readonly type: string;
  readonly status: string;
  readonly startedAt: Date;
}

/** Every run on the installation's queue that is not another tenant's, the newest first. */
export async function runsAbout({ temporal, taskQueue }: TestTenantry, id: string): Promise<Run[]> {
  const runs: Run[] = [];
  for await (const run of temporal.workflow.list({ query: `TaskQueue = "${taskQueue}"` })) {
    const tenant = run.typedSearchAttributes.get(searchAttributeKeysOf().tenant) ?? id;
    if (tenant !== id) continue;
    runs.push({
      workflowId: run.workflowId,
      runId: run.runId,
      type: run.type,
      status: run.status.name,
      startedAt: run.startTime,
    });
  }
  return runs.sort((a, b) => b.startedAt.getTime() - a.startedAt.getTime());
}

export const isOpen = ({ status }: Run): boolean => status === 'RUNNING';
