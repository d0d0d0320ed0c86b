import { ApplicationFailure } from '@temporalio/activity';
import type { Due, PassingTenant } from '../catalog/duties.js';
import { isSettled, type TenantOperation } from '../tenancy/lifecycle.js';
import { tenantWorkflowId } from '../tenancy/naming.js';
import { takenUpBy } from '../tenancy/take-up.js';
import type { TenantId } from '../tenancy/tenant-id.js';
import type { Dependencies } from './dependencies.js';

export type { DueBranch } from '../catalog/duties.js';

/** What the sweep finds to do. */
export interface DutiesFound extends Pick<Due, 'projects' | 'branches'> {
  /** Tenants whose run was ended by force, and the operation that takes each up again. */
  readonly takeUp: readonly TakeUp[];
  /** Tenants whose onboarding was ended by force, with the run that was. */
  readonly giveUp: readonly { readonly tenantId: TenantId; readonly runId: string }[];
}

export interface TakeUp {
  readonly tenantId: TenantId;
  readonly operation: TenantOperation;
  readonly request: Readonly<Record<string, unknown>>;
}

/** How much one sweep takes on of each kind; the next one goes on. */
const most = 20;
/** How many runs it asks Temporal about. */
const mostLooks = 200;

export function findDue({ catalog, fleet, runs }: Dependencies) {
  return async (asked: { readonly fleet: string }): Promise<DutiesFound> => {
    if (asked.fleet !== fleet.name)
      throw ApplicationFailure.retryable(
        `a worker of fleet "${fleet.name}" took the sweep of fleet "${asked.fleet}"`,
        'ForeignFleet',
      );
    const { projects, branches, passing } = await catalog.duties.due(fleet.name, {
      most,
      mostLooks,
      againMs: fleet.timings.sweep * 60,
    });
    const isOver = async ({ tenantId, runId }: PassingTenant) =>
      !(await runs.isOpen(tenantWorkflowId(fleet.name, tenantId), runId));
    const over: PassingTenant[] = [];
    for (const tenant of passing) if (over.length < most && (await isOver(tenant))) over.push(tenant);
    const found: { takeUp: TakeUp[]; giveUp: { tenantId: TenantId; runId: string }[] } = {
      takeUp: [],
      giveUp: [],
    };
    for (const { tenantId, state, runId, asked: request, leftMs } of over) {
      if (isSettled(state)) continue;
      const by = takenUpBy[state];
      if (by === 'leave') continue;
      if (by === 'give up') found.giveUp.push({ tenantId, runId });
      else
        found.takeUp.push({
          tenantId,
          operation: by,
          // The grace goes on where it was.
          request: by === 'offboard' ? { ...request, graceMs: leftMs } : {},
        });
    }
    return { projects, branches, ...found };
  };
}
