import { cancellationSignal } from '@temporalio/activity';
import { suspendEndpoint as suspendAtNeon } from '../../neon/endpoints.js';
import { isNeonError } from '../../neon/neon-error.js';
import type { Dependencies } from '../dependencies.js';
import type { ProjectInput } from '../tenant-input.js';

/**
 * Suspends a compute. Returns the operations to wait for; none if it was already asleep, or is gone with its
 * branch.
 */
export function suspendEndpoint({ neon }: Dependencies) {
  return async ({
    projectId,
    endpointId,
  }: ProjectInput & { readonly endpointId: string }): Promise<string[]> => {
    try {
      return await suspendAtNeon(neon, { projectId, endpointId }, cancellationSignal());
    } catch (error) {
      if (isNeonError(error, 'NeonNotFound')) return [];
      throw error;
    }
  };
}
