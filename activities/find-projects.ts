import { cancellationSignal } from '@temporalio/activity';
import type { Dependencies } from './dependencies.js';
import { knownTenant } from './known-tenant.js';
import { lookForProjects } from './look-for-project.js';
import type { TenantStep } from './tenant-step.js';

/** The ids of all projects at Neon that this tenant's creates may have made: by its exact name, and on record. */
export function findProjects({ neon, catalog }: Dependencies) {
  return async ({ tenant: key, timings }: TenantStep): Promise<string[]> => {
    const tenant = await knownTenant(catalog, key);
    // No create was ever sent: there is nothing to ask Neon about.
    if (tenant.createPosts === 0) return [];
    const found = await lookForProjects(neon, tenant, timings, cancellationSignal());
    const ids = new Set(found.map(({ id }) => id));
    // One that was renamed by hand at Neon is not found by its name.
    if (tenant.projectId !== undefined) ids.add(tenant.projectId);
    return [...ids];
  };
}
