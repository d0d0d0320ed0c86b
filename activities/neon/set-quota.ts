import { cancellationSignal } from '@temporalio/activity';
import type { Quota } from '../../catalog/schema.js';
import type { TenantKey } from '../../catalog/tenant.js';
import { isNeonError } from '../../neon/neon-error.js';
import { findProject, updateProject } from '../../neon/projects.js';
import type { Dependencies } from '../dependencies.js';
import { knownTenant } from '../known-tenant.js';
import { lackingPlan } from '../lacking.js';
import { type ProjectInput, writerOf } from '../tenant-input.js';
import { wholeQuota } from './project-request.js';

/**
 * The lowest limit for everything that a compute needs to run: any usage in this period exceeds it. Neon's
 * own guide to suspending a tenant on purpose sets a limit to 1. The limit of the data's size stays
 * unchanged.
 */
export const nothingLeft = {
  active_time_seconds: 1,
  compute_time_seconds: 1,
  written_data_bytes: 1,
  data_transfer_bytes: 1,
} as const;

/** `lowered`: as `lowerQuota` leaves it. `gone`: the project no longer exists. */
export type QuotaSeen = 'set' | 'lowered' | 'gone';

/** Reads the project's quota, and records it in the catalog unless it is the lowered one. */
export function lookAtQuota({ neon, catalog }: Dependencies) {
  return async (input: ProjectInput): Promise<QuotaSeen> => {
    const project = await findProject(neon, input.projectId, cancellationSignal());
    if (project === undefined) return 'gone';
    const quota = { ...wholeQuota({}), ...project.settings?.quota };
    if (isLowered(quota)) return 'lowered';
    await catalog.keptQuotas.keep(writerOf(input), quota);
    return 'set';
  };
}

/** Whether the quota keeps everybody out. */
export function isLowered(quota: Quota): boolean {
  return Object.entries(nothingLeft).every(([name, limit]) => quota[name] === limit);
}

/**
 * Lowers the project's quota to nothing: its computes stop, and nobody can wake them. Returns the operations
 * to wait for; none if the project is gone, which keeps everyone out as well.
 */
export function lowerQuota(dependencies: Dependencies) {
  return async ({ tenant, projectId }: ProjectInput): Promise<string[]> => {
    const quota = { ...wholeQuota({}), ...(await ownQuota(dependencies, tenant)), ...nothingLeft };
    try {
      return await updateProject(dependencies.neon, projectId, { settings: { quota } }, cancellationSignal());
    } catch (error) {
      if (isNeonError(error, 'NeonNotFound')) return [];
      throw error;
    }
  };
}

/** Restores the tenant's own quota. Returns the operations to wait for. */
export function restoreQuota(dependencies: Dependencies) {
  return async ({ tenant, projectId }: ProjectInput): Promise<string[]> => {
    const quota = await ownQuota(dependencies, tenant);
    if (quota === undefined)
      throw lackingPlan(dependencies.fleet, (await knownTenant(dependencies.catalog, tenant)).plan);
    return updateProject(dependencies.neon, projectId, { settings: { quota } }, cancellationSignal());
  };
}

/**
 * Removes every limit, to get into a database whose quota is exhausted. Returns the operations to wait for.
 */
export function liftQuota({ neon }: Dependencies) {
  return ({ projectId }: ProjectInput): Promise<string[]> =>
    updateProject(neon, projectId, { settings: { quota: wholeQuota({}) } }, cancellationSignal());
}

/**
 * Exactly the quota of the tenant's plan or, if the fleet no longer has that plan, the quota that Neon had
 * before.
 */
async function ownQuota({ catalog, fleet }: Dependencies, tenant: TenantKey): Promise<Quota | undefined> {
  const { plan: name } = await knownTenant(catalog, tenant);
  const plan = Object.hasOwn(fleet.plans, name) ? fleet.plans[name] : undefined;
  return plan === undefined ? catalog.keptQuotas.of(tenant) : wholeQuota(plan.quota);
}
