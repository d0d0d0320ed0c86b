import { cancellationSignal } from '@temporalio/activity';
import { isNeonError } from '../../neon/neon-error.js';
import { recoverProject as recoverAtNeon } from '../../neon/projects.js';
import type { Dependencies } from '../dependencies.js';
import type { ProjectInput } from '../tenant-input.js';

/**
 * Recovers one of the tenant's projects that somebody deleted at Neon. Returns whether there was one to
 * recover.
 */
export function recoverProject({ neon }: Dependencies) {
  return async ({ projectId }: ProjectInput): Promise<boolean> => {
    try {
      await recoverAtNeon(neon, projectId, cancellationSignal());
      return true;
    } catch (error) {
      if (isNeonError(error, 'NeonNotFound')) return false;
      throw error;
    }
  };
}
