import type { Catalog } from '../catalog/catalog.js';
import { loginAt } from '../catalog/login-at.js';
import type { SideKind, SideProject } from '../catalog/side-projects.js';
import type { TenantKey } from '../catalog/tenant.js';
import { failure } from '../tenancy/failures.js';
import { knownSecret } from './known-secret.js';
import { knownTenant } from './known-tenant.js';

/** One of the tenant's projects that is not its live one, as the catalog knows it. */
export async function knownSide(
  catalog: Catalog,
  key: TenantKey,
  kind: SideKind,
  name: string,
): Promise<SideProject> {
  const side = await catalog.sideProjects.get(key, kind, name);
  if (side === undefined)
    throw failure('TenantStateConflict', `the catalog has no ${kind} "${name}" any more`);
  return side;
}

/** The owner's connection string in any of the tenant's projects. */
export async function ownerIn(catalog: Catalog, key: TenantKey, projectId: string): Promise<string> {
  const { projectId: live } = await knownTenant(catalog, key);
  return knownSecret(catalog, key, live === projectId ? 'owner' : `project:${projectId}`);
}

/** The connection string of the tenant's own role in any of its projects: it has the same password in all of them. */
export async function appIn(catalog: Catalog, key: TenantKey, projectId: string): Promise<string> {
  return loginAt(await ownerIn(catalog, key, projectId), await knownSecret(catalog, key, 'app'));
}
