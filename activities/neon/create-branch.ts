import { activityInfo, cancellationSignal } from '@temporalio/activity';
import { createBranch as createAtNeon, listBranches } from '../../neon/branches.js';
import type { Dependencies } from '../dependencies.js';
import type { ProjectInput } from '../tenant-input.js';

export interface BranchCreated {
  readonly branchId: string;
  /** Empty if the reply was lost. */
  readonly operationIds: readonly string[];
}

/** Creates a copy of the tenant's live database, with a compute of its own. */
export function createBranch({ neon }: Dependencies) {
  return async ({
    projectId,
    name,
    expiresAt,
  }: ProjectInput & {
    readonly name: string;
    /** ISO 8601: when Neon deletes the branch on its own. */
    readonly expiresAt: string;
  }): Promise<BranchCreated> => {
    // An earlier attempt may have succeeded although its reply was lost.
    if (activityInfo().attempt > 1) {
      const made = (await listBranches(neon, projectId, cancellationSignal())).find(
        (branch) => branch.name === name,
      );
      if (made !== undefined) return { branchId: made.id, operationIds: [] };
    }
    return createAtNeon(neon, { projectId, name, expiresAt }, cancellationSignal());
  };
}
