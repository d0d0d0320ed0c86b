import { cancellationSignal } from '@temporalio/activity';
import { listBranches } from '../../neon/branches.js';
import { isNeonError } from '../../neon/neon-error.js';
import type { Dependencies } from '../dependencies.js';
import type { ProjectInput } from '../tenant-input.js';

export interface FoundBranch {
  readonly id: string;
  readonly name: string;
  /** The tenant's live database is on this one. Which one that is changes when a snapshot is restored. */
  readonly isDefault: boolean;
  /** The branch that it was made of. */
  readonly parentId?: string | undefined;
  /** What its data takes; absent while Neon has not measured it. */
  readonly logicalSizeBytes?: number | undefined;
}

/** The project's branches, as Neon has them now. Of a project that is gone there are none. */
export function findBranches({ neon }: Dependencies) {
  return async ({ projectId }: ProjectInput): Promise<FoundBranch[]> => {
    try {
      const branches = await listBranches(neon, projectId, cancellationSignal());
      return branches.map(
        ({ id, name, default: isDefault, parent_id: parentId, logical_size: logicalSizeBytes }) => ({
          id,
          name,
          isDefault,
          parentId,
          logicalSizeBytes,
        }),
      );
    } catch (error) {
      if (isNeonError(error, 'NeonNotFound')) return [];
      throw error;
    }
  };
}
