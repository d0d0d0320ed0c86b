import type { Catalog } from '../catalog/catalog.js';
import { loginAt } from '../catalog/login-at.js';
import type { TenantKey } from '../catalog/tenant.js';
import { knownSecret } from './known-secret.js';
import { knownTenant } from './known-tenant.js';

/** The owner's connection string in any of the tenant's projects. */
export async function ownerIn(catalog: Catalog, key: TenantKey, projectId: string): Promise<string> {
  const { projectId: live } = await knownTenant(catalog, key);
  return knownSecret(catalog, key, live === projectId ? 'owner' : `project:${projectId}`);
}

/**
 * The connection string of the tenant's own role in any of its projects: the password is the same in all of
 * them.
 */
export async function appIn(catalog: Catalog, key: TenantKey, projectId: string): Promise<string> {
  return loginAt(await ownerIn(catalog, key, projectId), await knownSecret(catalog, key, 'app'));
}
