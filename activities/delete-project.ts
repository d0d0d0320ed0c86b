import { cancellationSignal } from '@temporalio/activity';
import type { Project } from '../catalog/projects.js';
import { deleteProject as deleteNeonProject, findProject } from '../neon/projects.js';
import { failure } from '../tenancy/failures.js';
import type { Dependencies } from './dependencies.js';
import { refuseForeign } from './foreign-project.js';
import { type ProjectStep, writerOf } from './tenant-step.js';

/**
 * Deletes a project at Neon, once it is seen to be the tenant's, and one that is to go. One that is gone already counts as
 * deleted. The look is part of every attempt that deletes, so that no delete relies on what was so before a crash or a
 * backlog: two calls. Throws `ForeignProject`, `TenantStateConflict`.
 */
export function deleteProject(dependencies: Dependencies) {
  return async (step: ProjectStep): Promise<void> => {
    const { neon, catalog } = dependencies;
    const { tenant, projectId } = step;
    const project = await findProject(neon, projectId, cancellationSignal());
    if (project !== undefined) {
      await refuseForeign(dependencies, tenant, project);
      refuseKept(await catalog.projects.list(tenant), projectId, project.name);
      await deleteNeonProject(neon, projectId, cancellationSignal());
    }
    await catalog.projects.recordDeletion(writerOf(step), projectId);
  };
}

/** What a tenant lives in, moves to or may go back to is deleted by nobody. */
function refuseKept(projects: readonly Project[], projectId: string, name: string): void {
  const recorded = projects.find(({ neonId }) => neonId === projectId);
  const namesake = projects.find((project) => project.name === name);
  // Beside the one on record, others of its name are what lost creates have made; while none is, they may be the one.
  const isKept =
    recorded === undefined
      ? namesake !== undefined && isLasting(namesake) && namesake.neonId === undefined
      : isLasting(recorded);
  if (!isKept) return;
  const message = `project ${projectId} ("${name}") is not one that is to go, so it was not deleted`;
  throw failure('TenantStateConflict', message, { details: { projectId } });
}

function isLasting({ role }: Project): boolean {
  return role === 'live' || role === 'next' || role === 'former';
}
