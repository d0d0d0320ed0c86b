import { cancellationSignal } from '@temporalio/activity';
import { listBranches } from '../../neon/branches.js';
import { isNeonError } from '../../neon/neon-error.js';
import type { Dependencies } from '../dependencies.js';
import type { ProjectInput } from '../tenant-input.js';

export interface FoundBranch {
  readonly id: string;
  readonly name: string;
  /**
   * Whether the tenant's live database is on this branch. Restoring a snapshot makes another branch the
   * default.
   */
  readonly isDefault: boolean;
  /** The branch that it was created from. */
  readonly parentId?: string | undefined;
  /** The size of its data; absent until Neon has measured it. */
  readonly logicalSizeBytes?: number | undefined;
}

/** The project's current branches at Neon; empty if the project is gone. */
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
