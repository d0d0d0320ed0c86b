import type { Catalog } from '../catalog/catalog.js';
import type { Tenant, TenantKey } from '../catalog/tenant.js';
import { failure } from '../tenancy/failures.js';

/** The tenant's current row. */
export async function knownTenant(catalog: Catalog, key: TenantKey): Promise<Tenant> {
  const tenant = await catalog.tenants.get(key);
  if (tenant === undefined) throw failure('TenantStateConflict', 'the catalog has no such tenant any more');
  return tenant;
}
