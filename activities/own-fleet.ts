import { activityInfo } from '@temporalio/activity';
import type { ActivityInboundCallsInterceptor } from '@temporalio/worker';
import { z } from 'zod';
import type { TenantKey } from '../catalog/tenant.js';
import { failure } from '../tenancy/failures.js';
import { isTenantId, type TenantId } from '../tenancy/tenant-id.js';
import type { CatalogActivities } from './activities.js';

/** The input of every activity of ours. */
const step = z.object({ tenant: z.object({ fleet: z.string(), id: z.custom<TenantId>(isTenantId) }) });

/** The same for an activity that works on a project without a tenant, too. */
const ofFleet = z.object({ tenant: z.object({ fleet: z.string(), id: z.string() }) });

/** The tenant that an activity of ours works for. */
export function stepOf(args: readonly unknown[]): TenantKey | undefined {
  return step.safeParse(args[0]).data?.tenant;
}

/**
 * The first activities of a run: it holds no tenant yet, so nothing is left behind if one of them ends the
 * run.
 */
const beginnings: ReadonlySet<string> = new Set<keyof CatalogActivities>([
  'beginOnboarding',
  'beginOperation',
  'checkAdoption',
  'readPlan',
  'readTimings',
]);

/**
 * Refuses a step for a tenant of another fleet, whose plans, migrations and hooks this worker lacks. A run
 * that is only beginning is refused for good. A run that holds its tenant waits for a worker of its own fleet: if
 * its undo were refused, the tenant would be left half done.
 * @param theirs The names of the user's own activities, whose input is the user's.
 */
export function ownFleetOnly(
  { fleet, taskQueue }: { readonly fleet: string; readonly taskQueue: string },
  theirs: ReadonlySet<string>,
): ActivityInboundCallsInterceptor {
  return {
    execute(input, next) {
      const { activityType } = activityInfo();
      const of = theirs.has(activityType) ? undefined : ofFleet.safeParse(input.args[0]).data?.tenant;
      if (of === undefined || of.fleet === fleet) return next(input);
      throw failure(
        'ForeignFleet',
        `tenant "${of.id}" is of fleet "${of.fleet}", and a worker of fleet "${fleet}" takes from its task queue "${taskQueue}": give each fleet a queue of its own (TENANTRY_TASK_QUEUE, of workers and clients alike)`,
        { nonRetryable: beginnings.has(activityType) },
      );
    },
  };
}
