import type { OwnTimings } from '../tenancy/default-timings.js';
import type { TenantId } from '../tenancy/tenant-id.js';
import { activitiesOf } from './frame/activities.js';
import { movesToTheCurrentBuild } from './frame/build-moves.js';
import { startOperation } from './parts/start-operation.js';

export interface DrillOneRun {
  readonly fleet: string;
  readonly timings: OwnTimings;
}

/** Begins a drill with a backup of a tenant chosen at random; returns the tenant's id. */
export async function drillOne({ fleet, timings }: DrillOneRun): Promise<{ readonly tenantId?: TenantId }> {
  const activities = activitiesOf(timings, { attempts: 5 });
  const chosen = await activities.chooseDrill({ fleet });
  if (chosen === undefined) return {};
  const { tenantId: id, visibility } = chosen;
  await startOperation(
    activities,
    { fleet, id },
    {
      operation: 'drill',
      request: {},
      ...(visibility && { visibility }),
    },
  );
  return { tenantId: id };
}

movesToTheCurrentBuild(drillOne);
