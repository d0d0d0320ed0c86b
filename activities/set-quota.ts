import { cancellationSignal } from '@temporalio/activity';
import { updateProject } from '../neon/projects.js';
import type { Dependencies } from './dependencies.js';
import { knownPlan } from './known-plan.js';
import { knownTenant } from './known-tenant.js';
import { wholeQuota } from './project-request.js';
import type { ProjectStep } from './tenant-step.js';

/**
 * The least of everything that a compute needs to run: whatever the project has used in this period is more. Neon's own
 * guide to suspending a tenant on purpose sets a limit to 1. The size of the data stays as the plan has it.
 */
const nothingLeft = {
  active_time_seconds: 1,
  compute_time_seconds: 1,
  written_data_bytes: 1,
  data_transfer_bytes: 1,
} as const;

/** Leaves the project no quota: its computes end, and nobody can wake them. Answers the operations to wait for. */
export function lowerQuota({ neon, catalog, fleet }: Dependencies) {
  return async ({ tenant, projectId }: ProjectStep): Promise<string[]> => {
    const { quota } = knownPlan(fleet, (await knownTenant(catalog, tenant)).plan);
    const settings = { quota: { ...wholeQuota(quota), ...nothingLeft } };
    return updateProject(neon, projectId, { settings }, cancellationSignal());
  };
}

/** Gives the project exactly the quota of its plan. Answers the operations to wait for. */
export function restoreQuota({ neon, catalog, fleet }: Dependencies) {
  return async ({ tenant, projectId }: ProjectStep): Promise<string[]> => {
    const { quota } = knownPlan(fleet, (await knownTenant(catalog, tenant)).plan);
    return updateProject(neon, projectId, { settings: { quota: wholeQuota(quota) } }, cancellationSignal());
  };
}
