import { activityInfo, cancellationSignal } from '@temporalio/activity';
import type { Project } from '../../catalog/projects.js';
import { deleteProject as deleteNeonProject, findProject } from '../../neon/projects.js';
import { failure } from '../../tenancy/failures.js';
import type { ProjectRole } from '../../tenancy/project-role.js';
import type { Dependencies } from '../dependencies.js';
import { type ProjectInput, writerOf } from '../tenant-input.js';
import { refuseForeign } from './foreign-project.js';

/**
 * Deletes a condemned project at Neon, after a check that it is the tenant's. A project that is already gone
 * counts as deleted, but the result distinguishes it, because the time for which Neon can recover it starts
 * at the deletion. From the second attempt on, an earlier attempt may have deleted it. Every attempt that
 * deletes makes the check, so that no delete relies on the state before a crash or a backlog: two calls.
 * Throws `ForeignProject`, `TenantStateConflict`.
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
      // Other projects of the recorded one's name come from lost creates; while no id is recorded, any of
      // them may be the real one.
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

const lasting: ReadonlySet<ProjectRole> = new Set(['live', 'next', 'former', 'pooled']);

/** The project that a tenant lives in, moves to or may go back to, or will get from the pool, is never deleted. */
function refuseKept(project: Project | undefined, projectId: string): void {
  if (project === undefined || !lasting.has(project.role)) return;
  const message = `project ${projectId} ("${project.name}") is not one that is to go, so it was not deleted`;
  throw failure('TenantStateConflict', message, { details: { projectId } });
}
