import { cancellationSignal } from '@temporalio/activity';
import type { Dependencies } from './dependencies.js';
import { knownTenant } from './known-tenant.js';
import { lookForProjects } from './look-for-project.js';
import { idsOf } from './side-projects.js';
import type { TenantStep } from './tenant-step.js';

/** The ids of all projects at Neon that this tenant's creates may have made: by their exact names, and on record. */
export function findProjects(dependencies: Dependencies) {
  return async (step: TenantStep): Promise<string[]> => {
    const { neon, catalog } = dependencies;
    const tenant = await knownTenant(catalog, step.tenant);
    const ids = new Set<string>();
    // No create was ever sent. An adopted project's name is not ours: others may have the same.
    if (tenant.createPosts > 0) {
      const found = await lookForProjects(neon, tenant, step.timings, cancellationSignal());
      for (const { id } of found) ids.add(id);
    }
    // One that was renamed by hand at Neon is not found by its name.
    if (tenant.projectId !== undefined) ids.add(tenant.projectId);
    // A call more for each: only a tenant that was moved has any.
    for (const side of await catalog.sideProjects.list(step.tenant))
      for (const id of await idsOf(dependencies, side, step)) ids.add(id);
    return [...ids];
  };
}
