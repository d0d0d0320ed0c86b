import { activityInfo } from '@temporalio/activity';
import type { ActivityInboundCallsInterceptor } from '@temporalio/worker';
import type { Catalog } from '../catalog/catalog.js';
import type { CatalogActivities, DatabaseActivities, NeonActivities } from './activities.js';
import { stepOf } from './own-fleet.js';

type OurActivity = keyof (CatalogActivities & DatabaseActivities & NeonActivities);

/**
 * These only read, and some run before a tenant is claimed or without claiming one: an adoption's inspection,
 * a preview.
 */
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

/** These claim or release the tenant, and check who holds it in the same transaction. */
const proving = [
  'beginOnboarding',
  'beginOperation',
  'beginAdoption',
  'succeedOperation',
  'failOperation',
] as const satisfies readonly OurActivity[];

/** These run beside the tenant's own runs, and handle what is no longer part of the tenant. */
const beside: ReadonlySet<string> = new Set([
  'sweep',
  'meter',
  'removeBranch',
  'removeSnapshot',
  'reconcile',
  'releaseProject',
]);

const exempt: ReadonlySet<string> = new Set<string>([...looking, ...proving]);

/**
 * Lets a step begin only for the run that holds its tenant. A run that was reset, or whose tenant another run
 * has claimed since, would otherwise change or undo something that is no longer its own. Throws
 * `StaleRunError`.
 * @param theirs The names of the user's own activities, whose input is the user's.
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
