import { activityInfo } from '@temporalio/activity';
import type { TenantKey, Writer } from '../catalog/tenant.js';
import { wholeTimings } from '../tenancy/default-timings.js';
import type { Timings } from '../tenancy/timings.js';

/** The input of every activity of a tenant. The rest is read from the catalog, where it cannot be out of date. */
export interface TenantInput {
  readonly tenant: TenantKey;
}

/**
 * The durations that a step reads, and of those the ones that are not the defaults: they are the run's, which a change of the
 * fleet's does not change, and a history is paid for by the byte.
 */
export interface Timed<Names extends keyof Timings> {
  readonly timings: Partial<Pick<Timings, Names>>;
}

export function timingsOf<Names extends keyof Timings>({ timings }: Timed<Names>): Pick<Timings, Names> {
  return wholeTimings(timings);
}

/** A step on the tenant's project. */
export interface ProjectInput extends TenantInput {
  readonly projectId: string;
}

/** The tenant, and the workflow run that this attempt writes for. */
export function writerOf({ tenant }: TenantInput): Writer {
  const run = activityInfo().workflowExecution;
  if (run === undefined) throw new Error('this activity belongs in a workflow');
  return { ...tenant, runId: run.runId, workflowId: run.workflowId };
}
