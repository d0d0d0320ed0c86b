import { cancellationSignal } from '@temporalio/activity';
import { listEndpoints } from '../../neon/endpoints.js';
import { isNeonError } from '../../neon/neon-error.js';
import type { Dependencies } from '../dependencies.js';
import type { ProjectInput } from '../tenant-input.js';

/** Whether nobody uses the project now: no compute of it is awake, or about to be. */
export function isAsleep({ neon }: Dependencies) {
  return async ({ projectId }: ProjectInput): Promise<boolean> => {
    const endpoints = await listEndpoints(neon, projectId, cancellationSignal());
    return endpoints.every(({ current_state }) => current_state === 'idle');
  };
}

/** The ids of the project's endpoints, those of its branches too. Of a project that is gone there are none. */
export function findEndpoints({ neon }: Dependencies) {
  return async ({ projectId }: ProjectInput): Promise<string[]> => {
    try {
      return (await listEndpoints(neon, projectId, cancellationSignal())).map(({ id }) => id);
    } catch (error) {
      if (isNeonError(error, 'NeonNotFound')) return [];
      throw error;
    }
  };
}
