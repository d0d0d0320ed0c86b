import { activityInfo, cancellationSignal } from '@temporalio/activity';
import {
  listBranches,
  renameBranch as renameAtNeon,
  restoreBranch as restoreAtNeon,
} from '../../neon/branches.js';
import { restoreSnapshot as restoreAtNeonFromSnapshot } from '../../neon/snapshots.js';
import type { Dependencies } from '../dependencies.js';
import type { ProjectInput } from '../tenant-input.js';

export interface BranchRestoreStep extends ProjectInput {
  /** The live branch. */
  readonly branchId: string;
  readonly sourceBranchId: string;
  /** ISO 8601. @default the current state of the source */
  readonly time?: string;
  /** The name of a branch that keeps the live branch's current data. @default the data is not kept */
  readonly keepAs?: string;
}

/**
 * Gives the live branch the data of another branch, or of an earlier time. Returns the operations to wait
 * for; none if an earlier attempt did it and its reply was lost.
 */
export function restoreBranch({ neon }: Dependencies) {
  return async ({
    projectId,
    branchId,
    sourceBranchId,
    time,
    keepAs,
  }: BranchRestoreStep): Promise<string[]> => {
    if (activityInfo().attempt > 1 && keepAs !== undefined) {
      const branches = await listBranches(neon, projectId, cancellationSignal());
      if (branches.some(({ name }) => name === keepAs)) return [];
    }
    return restoreAtNeon(
      neon,
      { projectId, branchId },
      {
        source_branch_id: sourceBranchId,
        ...(time === undefined ? {} : { source_timestamp: time }),
        ...(keepAs === undefined ? {} : { preserve_under_name: keepAs }),
      },
      cancellationSignal(),
    );
  };
}

/**
 * Replaces the live branch with a snapshot. Returns the operations to wait for; none if an earlier attempt
 * did it and its reply was lost.
 */
export function restoreSnapshot({ neon }: Dependencies) {
  return async ({
    projectId,
    snapshotId,
    branchId,
    name,
  }: ProjectInput & {
    readonly snapshotId: string;
    /** The branch that is live until now. */
    readonly branchId: string;
    /** The name of the restored branch until it becomes the live one. */
    readonly name: string;
  }): Promise<string[]> => {
    if (activityInfo().attempt > 1) {
      const branches = await listBranches(neon, projectId, cancellationSignal());
      const replaced = branches.some((branch) => branch.id === branchId && !branch.default);
      if (replaced || branches.some((branch) => branch.name === name)) return [];
    }
    const restore = { target_branch_id: branchId, name };
    return restoreAtNeonFromSnapshot(neon, { projectId, snapshotId }, restore, cancellationSignal());
  };
}

/** Renames a branch. Returns the operations to wait for. */
export function renameBranch({ neon }: Dependencies) {
  return ({
    projectId,
    branchId,
    name,
  }: ProjectInput & { readonly branchId: string; readonly name: string }): Promise<string[]> =>
    renameAtNeon(neon, { projectId, branchId }, name, cancellationSignal());
}
