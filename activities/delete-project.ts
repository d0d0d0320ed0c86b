import { cancellationSignal } from '@temporalio/activity';
import { deleteProject as deleteNeonProject } from '../neon/projects.js';
import type { Dependencies } from './dependencies.js';
import type { ProjectStep } from './tenant-step.js';

/** Deletes a project at Neon. One that is gone already counts as deleted. */
export function deleteProject({ neon, catalog }: Dependencies) {
  return async ({ tenant, projectId }: ProjectStep): Promise<void> => {
    await deleteNeonProject(neon, projectId, cancellationSignal());
    await catalog.tenants.recordDeletion(tenant, projectId);
    await catalog.sideProjects.recordDeletion(tenant, projectId);
  };
}
