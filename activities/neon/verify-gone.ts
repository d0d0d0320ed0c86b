import { cancellationSignal } from '@temporalio/activity';
import { findProject } from '../../neon/projects.js';
import { failure } from '../../tenancy/failures.js';
import type { Dependencies } from '../dependencies.js';
import { type ProjectStep, type Timed, timingsOf } from '../tenant-step.js';
import { pollInterval } from './poll-interval.js';

/** Deleted means deleted: asks Neon for the project, and is content when there is none any more. */
export function verifyGone({ neon }: Dependencies) {
  return async (step: ProjectStep & Timed<'operationPoll'>): Promise<void> => {
    const { projectId } = step;
    if ((await findProject(neon, projectId, cancellationSignal())) === undefined) return;
    throw failure('NeonOperationPending', `Neon still has project ${projectId}, which was deleted`, {
      details: { projectId },
      retryAfterMs: pollInterval(timingsOf(step).operationPoll, 'look'),
    });
  };
}
