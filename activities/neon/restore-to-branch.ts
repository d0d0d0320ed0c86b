import { activityInfo, cancellationSignal } from '@temporalio/activity';
import { listBranches } from '../../neon/branches.js';
import { restoreSnapshotToBranch } from '../../neon/snapshots.js';
import type { Dependencies } from '../dependencies.js';
import type { ProjectInput } from '../tenant-input.js';
import type { BranchCreated } from './create-branch.js';

/** Restores a snapshot to a new branch beside the live one. */
export function restoreToBranch({ neon }: Dependencies) {
  return async ({
    projectId,
    snapshotId,
    name,
  }: ProjectInput & { readonly snapshotId: string; readonly name: string }): Promise<BranchCreated> => {
    // An earlier attempt may have succeeded although its reply was lost.
    if (activityInfo().attempt > 1) {
      const made = (await listBranches(neon, projectId, cancellationSignal())).find(
        (branch) => branch.name === name,
      );
      if (made !== undefined) return { branchId: made.id, operationIds: [] };
    }
    return restoreSnapshotToBranch(neon, { projectId, snapshotId }, name, cancellationSignal());
  };
}
