import type { StalledTenant } from '../catalog/stalls.js';
import { inParallel } from '../tenancy/in-parallel.js';
import { TemporalUnreachableError } from './errors.js';
import type { OperationStarter } from './operation-starter.js';

export interface OpenRuns {
  /** Whether the tenant's run has not ended, or that cannot be known. */
  has(stalled: StalledTenant): boolean;
  /** Why Temporal could not be asked. */
  readonly away: string | undefined;
}

/** What Temporal lists may be some seconds old. A run that was heard of in so many milliseconds is looked at itself where it is not listed. */
const listedLateMs = 120_000;
/** So many of those at a time. */
const atOnce = 16;

/**
 * Asks Temporal which of these tenants' runs have not ended: all in one list, for one look at each would take most of the time that
 * `attention` may take.
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
