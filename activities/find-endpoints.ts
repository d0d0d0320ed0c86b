import { cancellationSignal } from '@temporalio/activity';
import { listEndpoints } from '../neon/endpoints.js';
import type { Dependencies } from './dependencies.js';
import type { ProjectStep } from './tenant-step.js';

/** The ids of the project's endpoints, those of its branches too. */
export function findEndpoints({ neon }: Dependencies) {
  return async ({ projectId }: ProjectStep): Promise<string[]> =>
    (await listEndpoints(neon, projectId, cancellationSignal())).map(({ id }) => id);
}
