import type { Fleet } from '../tenancy/fleet.js';
import type { TenantId } from '../tenancy/tenant-id.js';
import { type Visibility, visibilityOf } from '../tenancy/visibility.js';

/** What a fleet's runs show of a tenant. The catalog is asked once, and only if the fleet shows digests. */
export function runVisibility(
  fleet: Fleet,
  installation: () => Promise<string>,
): (id: TenantId) => Promise<Visibility | undefined> {
  let known: Promise<string> | undefined;
  const once = () => {
    known ??= installation().catch((error: unknown) => {
      known = undefined;
      throw error;
    });
    return known;
  };
  return (id) => visibilityOf(fleet, id, once);
}
