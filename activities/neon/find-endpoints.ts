import { cancellationSignal } from '@temporalio/activity';
import { listEndpoints } from '../../neon/endpoints.js';
import { isNeonError } from '../../neon/neon-error.js';
import type { Dependencies } from '../dependencies.js';
import type { ProjectInput } from '../tenant-input.js';

/** Whether nobody uses the project now: none of its computes is awake or starting. */
export function isAsleep({ neon }: Dependencies) {
  return async ({ projectId }: ProjectInput): Promise<boolean> => {
    const endpoints = await listEndpoints(neon, projectId, cancellationSignal());
    return endpoints.every(({ current_state }) => current_state === 'idle');
  };
}

/** The ids of the endpoints of all the project's branches; empty if the project is gone. */
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
