import type { TenantId } from '../../tenancy/tenant-id.js';
import type { Timings } from '../../tenancy/timings.js';
import { type Visibility, visibilityOf } from '../../tenancy/visibility.js';
import type { Dependencies } from '../dependencies.js';

/** The fleet's timings, and how its runs show the tenant if that is not the default. */
export interface FleetTimings extends Timings {
  readonly visibility?: Visibility;
}

/** For a run whose caller does not know the fleet. */
export function readTimings({ fleet, catalog }: Dependencies) {
  return async ({
    tenant,
  }: {
    readonly tenant: { readonly fleet: string; readonly id: TenantId };
  }): Promise<FleetTimings> => {
    const visibility = await visibilityOf(fleet, tenant.id, () => catalog.installation());
    return { ...fleet.timings, ...(visibility && { visibility }) };
  };
}
