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
  /** ISO 8601; without it, the source as it is now. */
  readonly time?: string;
  /** What the live branch holds until now is kept under this name; without it, it is not kept. */
  readonly keepAs?: string;
}

/**
 * Gives the live branch the data of another branch, or of a time. Returns the operations to wait for; none when an
 * attempt before this one did it and nobody heard of it.
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
 * Puts a snapshot in the live branch's place. Returns the operations to wait for; none when an attempt before this one
 * did it and nobody heard of it.
 */
export function restoreSnapshot({ neon }: Dependencies) {
  return async ({
    projectId,
    snapshotId,
    branchId,
    name,
  }: ProjectInput & {
    readonly snapshotId: string;
    /** The live branch until now. */
    readonly branchId: string;
    /** What the restored branch is called until it has taken the place. */
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

/** Names a branch. Returns the operations to wait for. */
export function renameBranch({ neon }: Dependencies) {
  return ({
    projectId,
    branchId,
    name,
  }: ProjectInput & { readonly branchId: string; readonly name: string }): Promise<string[]> =>
    renameAtNeon(neon, { projectId, branchId }, name, cancellationSignal());
}
