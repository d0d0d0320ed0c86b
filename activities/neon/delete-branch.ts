import { cancellationSignal } from '@temporalio/activity';
import { deleteBranch as deleteAtNeon } from '../../neon/branches.js';
import { isNeonError } from '../../neon/neon-error.js';
import type { Dependencies } from '../dependencies.js';
import type { ProjectInput } from '../tenant-input.js';

/** Deletes a branch for good. Returns the operations to wait for; none if it is already gone. */
export function deleteBranch({ neon }: Dependencies) {
  return async ({ projectId, branchId }: ProjectInput & { readonly branchId: string }): Promise<string[]> => {
    try {
      return await deleteAtNeon(neon, { projectId, branchId }, cancellationSignal());
    } catch (error) {
      if (isNeonError(error, 'NeonNotFound')) return [];
      throw error;
    }
  };
}
