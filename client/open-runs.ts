import type { StalledTenant } from '../catalog/stalls.js';
import { inParallel } from '../tenancy/in-parallel.js';
import { TemporalUnreachableError } from './errors.js';
import type { OperationStarter } from './operation-starter.js';

export interface OpenRuns {
  /** Whether the tenant's run has not ended, or its state is unknown. */
  has(stalled: StalledTenant): boolean;
  /** Why Temporal could not be asked. */
  readonly away: string | undefined;
}

/**
 * Temporal's list may be some seconds old. A run that showed a sign of life within this time, in milliseconds, is
 * checked individually when it is not in the list.
 */
const listedLateMs = 120_000;
/** The number of concurrent checks. */
const atOnce = 16;

/**
 * Asks Temporal which runs of these tenants have not ended, in one list: an individual check of each would use up
 * most of the time for `attention`.
 */
export async function findOpenRuns(
  operations: OperationStarter,
  stalled: readonly StalledTenant[],
  away: string | undefined,
): Promise<OpenRuns> {
  if (away !== undefined) return { away, has: () => true };
  try {
    const open = new Set(await operations.openAmong(stalled.map(({ tenant }) => tenant.runId)));
    const late = stalled.filter(
      ({ tenant, stillForMs }) => !open.has(tenant.runId) && stillForMs < listedLateMs,
    );
    await inParallel(late, atOnce, async ({ tenant: { id, runId } }) => {
      if (await operations.isOpen(id, runId)) open.add(runId);
    });
    return { away, has: ({ tenant }) => open.has(tenant.runId) };
  } catch (error) {
    if (!(error instanceof TemporalUnreachableError)) throw error;
    return { away: error.message, has: () => true };
  }
}
