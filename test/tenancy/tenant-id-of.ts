import { isTenantId, type TenantId, tenantIdProblem } from '../../tenancy/tenant-id.js';

/** A tenant id for a test. Throws when it is none. */
export function tenantIdOf(raw: string): TenantId {
  if (!isTenantId(raw)) throw new Error(tenantIdProblem(raw));
  return raw;
}
