import { activityInfo } from '@temporalio/activity';
import type { PoolRun } from '../catalog/pool-run.js';
import type { TenantInput } from './tenant-input.js';

/** The input of an activity on a plan's pool. Its tenant has no id. */
export interface PoolInput extends TenantInput {
  readonly plan: string;
}

/** One project of it, by its name at Neon. */
export interface PoolProjectInput extends PoolInput {
  readonly name: string;
}

/** The run for which this attempt fills the pool. */
export function poolRunOf({ tenant: { fleet }, plan }: PoolInput): PoolRun {
  const run = activityInfo().workflowExecution;
  if (run === undefined) throw new Error('this activity belongs in a workflow');
  return { fleet, plan, runId: run.runId };
}
