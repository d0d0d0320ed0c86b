import { activityInfo } from '@temporalio/activity';
import type { TenantKey, Writer } from '../catalog/tenant.js';
import { wholeTimings } from '../tenancy/default-timings.js';
import type { Timings } from '../tenancy/timings.js';

/**
 * The input of every activity of a tenant. The rest is read from the catalog, where it cannot be outdated.
 */
export interface TenantInput {
  readonly tenant: TenantKey;
}

/**
 * The timings that a step reads, without those that equal the defaults. They are the run's own, which a
 * change of the fleet's does not affect; and a history is billed by size.
 */
export interface Timed<Names extends keyof Timings> {
  readonly timings: Partial<Pick<Timings, Names>>;
}

export function timingsOf<Names extends keyof Timings>({ timings }: Timed<Names>): Pick<Timings, Names> {
  return wholeTimings(timings);
}

/** The input of an activity on the tenant's project. */
export interface ProjectInput extends TenantInput {
  readonly projectId: string;
}

/** The tenant, and the workflow run for which this attempt writes. */
export function writerOf({ tenant }: TenantInput): Writer {
  const run = activityInfo().workflowExecution;
  if (run === undefined) throw new Error('this activity belongs in a workflow');
  return { ...tenant, runId: run.runId, workflowId: run.workflowId };
}
