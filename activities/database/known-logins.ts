import type { TenantKey } from '../../catalog/tenant.js';
import type { Dependencies } from '../dependencies.js';
import { knownTenant } from '../known-tenant.js';

/**
 * Who may be able to log in to a project of the tenant's besides the tenant's own role: its owner, whom the fleet names, and
 * whoever could before the tenant's role was handed out.
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
