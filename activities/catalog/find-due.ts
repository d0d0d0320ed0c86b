import type { Due, PassingTenant } from '../../catalog/due.js';
import { failure } from '../../tenancy/failures.js';
import { isSettled, type TenantOperation } from '../../tenancy/lifecycle.js';
import { unattendedMs } from '../../tenancy/rollout.js';
import type { StartedBy } from '../../tenancy/started-by.js';
import { takenUpBy } from '../../tenancy/take-up.js';
import type { TenantId } from '../../tenancy/tenant-id.js';
import { type Visibility, visibilityOf } from '../../tenancy/visibility.js';
import type { Dependencies } from '../dependencies.js';
import { statusOfRun } from '../status-of-run.js';
import { keptBy } from './prune.js';

export type { DueBranch, DueIntended, DueKept } from '../../catalog/due.js';

/** The duties that the sweep finds. */
export interface DutiesFound extends Pick<Due, 'projects' | 'branches' | 'intended' | 'kept'> {
  /** Tenants whose run was terminated, and the operation that resumes each. */
  readonly takeUp: readonly TakeUp[];
  /** Rollouts that should continue but have no run. */
  readonly rollouts: readonly string[];
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
    const isPruningDue = await catalog.retention.isDue(fleet.name, keptBy(fleet.timings));
    return {
      ...{ projects, branches, intended, kept, takeUp, giveUp, rollouts },
      ...(isPruningDue ? { prune: true } : {}),
    };
  };
}
