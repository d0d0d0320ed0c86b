import { cancellationSignal } from '@temporalio/activity';
import { deleteProject as deleteNeonProject, findProject } from '../neon/projects.js';
import type { Dependencies } from './dependencies.js';
import { refuseForeign } from './foreign-project.js';
import type { ProjectStep } from './tenant-step.js';

/**
 * Deletes a project at Neon, once it is seen to be the tenant's. One that is gone already counts as deleted. The look is
 * part of every attempt that deletes, so that no delete relies on what was so before a crash or a backlog: two calls.
 * Throws `ForeignProject`.
 */
export function deleteProject(dependencies: Dependencies) {
  return async ({ tenant, projectId }: ProjectStep): Promise<void> => {
    const { neon, catalog } = dependencies;
    const project = await findProject(neon, projectId, cancellationSignal());
    if (project !== undefined) {
      await refuseForeign(dependencies, tenant, project);
      await deleteNeonProject(neon, projectId, cancellationSignal());
    }
    await catalog.tenants.recordDeletion(tenant, projectId);
    await catalog.sideProjects.recordDeletion(tenant, projectId);
  };
}
