import type { Catalog } from '../catalog/catalog.js';
import type { Tenant } from '../catalog/tenant.js';
import type { TenantState } from '../tenancy/lifecycle.js';
import { TenantNotFoundError, TenantNotReadyError } from './errors.js';

/** Operations that pass through these states leave the published credential valid. */
const connectable: ReadonlySet<TenantState> = new Set<TenantState>([
  'ready',
  'updating',
  'moving',
  'restoring',
]);

export function isConnectable(state: TenantState): boolean {
  return connectable.has(state);
}

/**
 * The connection string of the tenant's own limited role, opened in this process. It is a secret. Throws
 * `TenantNotFoundError`, `TenantNotReadyError`; `SealError` when the configured seal keys do not open it, or
 * `SecretStoreError` when the fleet's own secret store does not return it.
 */
export async function openConnection(
  catalog: Catalog,
  id: string,
  tenant: Tenant | undefined,
): Promise<string> {
  if (tenant === undefined) throw new TenantNotFoundError(id);
  if (!isConnectable(tenant.state)) throw new TenantNotReadyError(id, tenant.state, tenant.failure);
  const secret = await catalog.secrets.open(tenant, 'app');
  if (secret === undefined) throw new TenantNotReadyError(id, tenant.state);
  return secret;
}
