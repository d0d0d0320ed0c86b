import type { TenantKey } from '../../catalog/tenant.js';
import type { Dependencies } from '../dependencies.js';
import { knownTenant } from '../known-tenant.js';

/**
 * The roles that may log in to a tenant's project besides the tenant's own role: the owner, the fleet's
 * logins, and those that could log in before the tenant's role was published.
 */
export async function knownLogins(
  { catalog, fleet }: Pick<Dependencies, 'catalog' | 'fleet'>,
  key: TenantKey,
  projectId?: string,
): Promise<string[]> {
  const { ownerRole, projectId: live } = await knownTenant(catalog, key);
  const of = projectId ?? live;
  const project = of === undefined ? undefined : await catalog.projects.withId(of);
  return [ownerRole, ...fleet.logins, ...(project?.knownLogins ?? [])];
}
