import { activityInfo, cancellationSignal } from '@temporalio/activity';
import type { Project } from '../../catalog/projects.js';
import { deleteProject as deleteNeonProject, findProject } from '../../neon/projects.js';
import { failure } from '../../tenancy/failures.js';
import type { ProjectRole } from '../../tenancy/project-role.js';
import type { Dependencies } from '../dependencies.js';
import { type ProjectInput, writerOf } from '../tenant-input.js';
import { refuseForeign } from './foreign-project.js';

/**
 * Deletes a project at Neon, once it is seen to be the tenant's, and one that is to go. One that is gone already counts as
 * deleted, and is told apart for whoever says until when Neon can bring it back: Neon counts from the deletion. From the second
 * attempt on, an earlier one may have deleted it. The look is part of every attempt that deletes, so that no delete relies on what was so before a crash or a
 * backlog: two calls. Throws `ForeignProject`, `TenantStateConflict`.
 */
export function deleteProject(dependencies: Dependencies) {
  return async (input: ProjectInput): Promise<'deleted' | 'gone before'> => {
    const { neon, catalog } = dependencies;
    const { tenant, projectId } = input;
    const own = await catalog.projects.list(tenant);
    refuseKept(
      own.find(({ neonId }) => neonId === projectId),
      projectId,
    );
    const project = await findProject(neon, projectId, cancellationSignal());
    if (project !== undefined) {
      await refuseForeign(dependencies, tenant, project);
      // Beside the one on record, others of its name are what lost creates have made; while none is, they may be the one.
      refuseKept(
        own.find(({ name, neonId }) => name === project.name && neonId === undefined),
        projectId,
      );
      await deleteNeonProject(neon, projectId, cancellationSignal());
    }
    await catalog.projects.recordDeletion(writerOf(input), projectId, project?.name);
    return project === undefined && activityInfo().attempt === 1 ? 'gone before' : 'deleted';
  };
}

const lasting: ReadonlySet<ProjectRole> = new Set(['live', 'next', 'former']);

/** What a tenant lives in, moves to or may go back to is deleted by nobody. */
function refuseKept(project: Project | undefined, projectId: string): void {
  if (project === undefined || !lasting.has(project.role)) return;
  const message = `project ${projectId} ("${project.name}") is not one that is to go, so it was not deleted`;
  throw failure('TenantStateConflict', message, { details: { projectId } });
}
