import type { Catalog } from '../catalog/catalog.js';
import type { Tenant, TenantKey } from '../catalog/tenant.js';
import { failure } from '../tenancy/failures.js';

/** The tenant's row, as it stands. */
export async function knownTenant(catalog: Catalog, key: TenantKey): Promise<Tenant> {
  const tenant = await catalog.tenants.get(key);
  if (tenant === undefined) throw failure('TenantStateConflict', 'the catalog has no such tenant any more');
  return tenant;
}

/** The tenant's connection string, opened for this attempt alone. */
export async function knownSecret(catalog: Catalog, key: TenantKey, kind: 'owner' | 'app'): Promise<string> {
  const secret = await catalog.secrets.open(key, kind);
  if (secret === undefined) {
    throw failure('TenantStateConflict', `the catalog has no ${kind} credential of the tenant`);
  }
  return secret;
}
