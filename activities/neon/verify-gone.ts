import { cancellationSignal } from '@temporalio/activity';
import { findProject } from '../../neon/projects.js';
import { failure } from '../../tenancy/failures.js';
import type { Dependencies } from '../dependencies.js';
import { type ProjectInput, type Timed, timingsOf } from '../tenant-input.js';
import { pollInterval } from './poll-interval.js';

/** Deleted means deleted: asks Neon for the project, and throws a retryable failure while it still exists. */
export function verifyGone({ neon }: Dependencies) {
  return async (input: ProjectInput & Timed<'operationPoll'>): Promise<void> => {
    const { projectId } = input;
    if ((await findProject(neon, projectId, cancellationSignal())) === undefined) return;
    throw failure('NeonOperationPending', `Neon still has project ${projectId}, which was deleted`, {
      details: { projectId },
      retryAfterMs: pollInterval(timingsOf(input).operationPoll, 'look'),
    });
  };
}
