import type { Catalog } from '../catalog/catalog.js';
import type { Tenant } from '../catalog/tenant.js';
import type { Fleet } from '../tenancy/fleet.js';
import { isTenantId, type TenantId, tenantIdProblem } from '../tenancy/tenant-id.js';
import { InvalidTenantIdError, TenantNotFoundError } from './errors.js';

/** Parses a caller's string as a tenant id. Throws `InvalidTenantIdError`. */
export function parseTenantId(raw: string): TenantId {
  if (isTenantId(raw)) return raw;
  throw new InvalidTenantIdError(tenantIdProblem(raw) ?? 'not a tenant id', String(raw));
}

/** The tenant's row. Throws `TenantNotFoundError`. */
export async function knownTenant(
  catalog: Pick<Catalog, 'tenants'>,
  fleet: Pick<Fleet, 'name'>,
  id: TenantId,
): Promise<Tenant> {
  const tenant = await catalog.tenants.get({ fleet: fleet.name, id });
  if (tenant === undefined) throw new TenantNotFoundError(id);
  return tenant;
}
