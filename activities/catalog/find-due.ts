import { ApplicationFailure } from '@temporalio/common';
import type { Due, PassingTenant } from '../../catalog/due.js';
import { failure } from '../../tenancy/failures.js';
import { keptBy } from '../../tenancy/kept.js';
import { isSettled, type TenantOperation } from '../../tenancy/lifecycle.js';
import { plansWithPools, type WantedPool } from '../../tenancy/pool.js';
import { unattendedMs } from '../../tenancy/rollout.js';
import type { StartedBy } from '../../tenancy/started-by.js';
import { takenUpBy } from '../../tenancy/take-up.js';
import type { TenantId } from '../../tenancy/tenant-id.js';
import { type Visibility, visibilityOf } from '../../tenancy/visibility.js';
import type { Dependencies } from '../dependencies.js';
import { failureOf } from '../failure-interceptor.js';
import { statusOfRun } from '../status-of-run.js';
import { wantedPools } from '../wanted-pools.js';

export type { DueBranch, DueIntended, DueKept } from '../../catalog/due.js';

/** The duties that the sweep finds. */
export interface DutiesFound extends Pick<Due, 'projects' | 'branches' | 'intended' | 'kept'> {
  /** Tenants whose run was terminated, and the operation that resumes each. */
  readonly takeUp: readonly TakeUp[];
  /** Rollouts that should continue but have no run. */
  readonly rollouts: readonly string[];
  /** Plans whose pool is to be filled. */
  readonly pools: readonly string[];
  /** Tenants whose onboarding was terminated, with its run. */
  readonly giveUp: readonly GivenUp[];
  /** Some records have been kept for long enough. Absent when there are none. */
  readonly prune?: true;
}

export interface GivenUp {
  readonly tenantId: TenantId;
  readonly runId: string;
}

export interface TakeUp {
  readonly tenantId: TenantId;
  readonly operation: TenantOperation;
  readonly request: Readonly<Record<string, unknown>>;
  readonly visibility?: Visibility;
  /** Absent from a worker of the previous release. */
  readonly startedBy?: StartedBy;
}

/** How many of each kind one sweep handles; the next one continues. */
const most = 20;
/** How many runs it looks up in Temporal. */
const mostLooks = 200;

export function findDue({ catalog, fleet, runs }: Dependencies) {
  return async (asked: { readonly fleet: string }): Promise<DutiesFound> => {
    if (asked.fleet !== fleet.name) {
      const message = `a worker of fleet "${fleet.name}" took the sweep of fleet "${asked.fleet}"`;
      throw failure('ForeignFleet', message, { nonRetryable: false });
    }
    const { projects, branches, intended, kept, passing } = await catalog.duties.due(fleet.name, {
      most,
      mostLooks,
      againMs: fleet.timings.sweep * 60,
    });
    // A run that succeeded has released its tenant. If the catalog disagrees, it was restored from an earlier
    // backup, and nothing that a person must look at is deleted.
    const wasEndedByForce = async ({ tenantId, runId }: PassingTenant) =>
      (await statusOfRun({ catalog, runs }, { fleet: fleet.name, id: tenantId }, runId)) === 'ended';
    const takeUp: TakeUp[] = [];
    const giveUp: GivenUp[] = [];
    for (const tenant of passing) {
      if (takeUp.length + giveUp.length === most) break;
      const { tenantId, state, runId, asked, leftMs } = tenant;
      const by = isSettled(state) ? 'leave' : takenUpBy[state];
      if (by === 'leave' || !(await wasEndedByForce(tenant))) continue;
      if (by === 'give up') giveUp.push({ tenantId, runId });
      // The remaining grace period is kept.
      else {
        const visibility = await visibilityOf(fleet, tenantId, () => catalog.installation());
        takeUp.push({
          tenantId,
          operation: by,
          request: by === 'offboard' ? { ...asked, graceMs: leftMs } : {},
          ...(visibility && { visibility }),
          startedBy: { kind: 'take-up', runId },
        });
      }
    }
    const rollouts = await catalog.rollouts.idle(fleet.name, unattendedMs);
    const pools = await poolsToFill({ catalog, fleet });
    const isPruningDue = await catalog.retention.isDue(fleet.name, keptBy(fleet.timings));
    return {
      ...{ projects, branches, intended, kept, takeUp, giveUp, rollouts, pools },
      ...(isPruningDue ? { prune: true } : {}),
    };
  };
}

/** A folder of migrations that is flawed, or cannot be read, keeps the pools as they are, and nothing else from being done. */
async function poolsToFill({ catalog, fleet }: Pick<Dependencies, 'catalog' | 'fleet'>): Promise<string[]> {
  const { name, timings } = fleet;
  let wanted: WantedPool[];
  try {
    wanted = await wantedPools({ catalog, fleet });
  } catch (error) {
    const failed = failureOf(error);
    if (!(failed instanceof ApplicationFailure)) throw error;
    const waits = { firstMs: timings.sweep, longestMs: timings.sweep };
    for (const [plan] of plansWithPools(fleet.plans))
      await catalog.pool.noteTrouble({ fleet: name, plan }, `${failed.type}: ${failed.message}`, waits);
    return [];
  }
  return catalog.pool.review(name, wanted, timings.deployGrace);
}
