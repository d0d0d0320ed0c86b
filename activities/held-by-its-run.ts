import { activityInfo } from '@temporalio/activity';
import type { ActivityInboundCallsInterceptor } from '@temporalio/worker';
import type { Catalog } from '../catalog/catalog.js';
import type { CatalogActivities, DatabaseActivities, NeonActivities } from './activities.js';
import { stepOf } from './own-fleet.js';

type OurActivity = keyof (CatalogActivities & DatabaseActivities & NeonActivities);

/** They only look, and some look before a tenant is taken, or take none: an adoption's look, a preview. */
const looking = [
  'checkAdoption',
  'readPlan',
  'readTimings',
  'inspectProject',
  'checkEndpoint',
  'findDatabase',
  'surveyDatabase',
  'findBranches',
  'findEndpoints',
  'readProjectSettings',
  'readComputeSettings',
] as const satisfies readonly OurActivity[];

/** They take the tenant, or let go of it, and prove whose it is in the transaction that does so. */
const proving = [
  'beginOnboarding',
  'beginOperation',
  'beginAdoption',
  'succeedOperation',
  'failOperation',
] as const satisfies readonly OurActivity[];

/** They run beside the tenant's own runs, and see to what is no longer part of it. */
const beside: ReadonlySet<string> = new Set([
  'sweep',
  'removeBranch',
  'removeSnapshot',
  'reconcile',
  'releaseProject',
]);

const exempt: ReadonlySet<string> = new Set<string>([...looking, ...proving]);

/**
 * Lets a step begin only for the run that holds its tenant. A run that was reset, or whose tenant another run has taken
 * since, would else change, or undo, what is no longer its own. Throws `StaleRunError`.
 * @param theirs The names of the user's own activities, whose input is theirs.
 */
export function heldByItsRun(
  catalog: Pick<Catalog, 'tenants'>,
  theirs: ReadonlySet<string>,
): ActivityInboundCallsInterceptor {
  return {
    async execute(input, next) {
      const { activityType, workflowType, workflowExecution } = activityInfo();
      const free = theirs.has(activityType) || exempt.has(activityType) || beside.has(workflowType ?? '');
      const tenant = free ? undefined : stepOf(input.args);
      if (tenant !== undefined && workflowExecution !== undefined)
        await catalog.tenants.requireHeld({ ...tenant, ...workflowExecution });
      return next(input);
    },
  };
}
