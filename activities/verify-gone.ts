import { cancellationSignal } from '@temporalio/activity';
import { isNeonError } from '../neon/neon-error.js';
import { getProject } from '../neon/projects.js';
import { failure } from '../tenancy/failures.js';
import type { Dependencies } from './dependencies.js';
import type { ProjectStep } from './tenant-step.js';

/** Deleted means deleted: asks Neon for the project, and is content when there is none any more. */
export function verifyGone({ neon }: Dependencies) {
  return async ({ projectId, timings }: ProjectStep): Promise<void> => {
    try {
      const project = await getProject(neon, projectId, cancellationSignal());
      if (typeof project.deleted_at === 'string') return;
    } catch (error) {
      if (isNeonError(error, 'NeonNotFound')) return;
      throw error;
    }
    throw failure('NeonOperationPending', `Neon still has project ${projectId}, which was deleted`, {
      details: { projectId },
      retryAfterMs: timings.operationPoll,
    });
  };
}
