import { activityInfo, cancellationSignal } from '@temporalio/activity';
import { isNeonError } from '../../neon/neon-error.js';
import { createSnapshot, deleteSnapshot as deleteAtNeon, listSnapshots } from '../../neon/snapshots.js';
import type { Dependencies } from '../dependencies.js';
import type { ProjectInput } from '../tenant-input.js';

export interface SnapshotTaken {
  readonly snapshotId: string;
  /** Empty if the reply was lost. */
  readonly operationIds: readonly string[];
}

/**
 * Takes a snapshot of the live branch. The caller must have checked that the name is free, because a later
 * attempt adopts a snapshot of that name.
 */
export function takeSnapshot({ neon }: Dependencies) {
  return async ({
    projectId,
    branchId,
    name,
    expiresAt,
  }: ProjectInput & {
    readonly branchId: string;
    readonly name: string;
    /** ISO 8601: when Neon deletes the snapshot on its own. */
    readonly expiresAt?: string;
  }): Promise<SnapshotTaken> => {
    if (activityInfo().attempt > 1) {
      const taken = (await listSnapshots(neon, projectId, cancellationSignal())).find(
        (snapshot) => snapshot.name === name,
      );
      if (taken !== undefined) return { snapshotId: taken.id, operationIds: [] };
    }
    return createSnapshot(neon, { projectId, branchId, name, expiresAt }, cancellationSignal());
  };
}

/** The ids of the project's snapshots of that name. */
export function findSnapshots({ neon }: Dependencies) {
  return async ({ projectId, name }: ProjectInput & { readonly name: string }): Promise<string[]> =>
    (await listSnapshots(neon, projectId, cancellationSignal()))
      .filter((snapshot) => snapshot.name === name)
      .map(({ id }) => id);
}

/** Whether Neon has this snapshot, even if it was renamed; false if the project is gone. */
export function hasSnapshot({ neon }: Dependencies) {
  return async ({
    projectId,
    snapshotId,
  }: ProjectInput & { readonly snapshotId: string }): Promise<boolean> => {
    try {
      const snapshots = await listSnapshots(neon, projectId, cancellationSignal());
      return snapshots.some(({ id }) => id === snapshotId);
    } catch (error) {
      if (isNeonError(error, 'NeonNotFound')) return false;
      throw error;
    }
  };
}

/** Deletes a snapshot. Returns the operations to wait for; none if it is already gone. */
export function deleteSnapshot({ neon }: Dependencies) {
  return async ({
    projectId,
    snapshotId,
  }: ProjectInput & { readonly snapshotId: string }): Promise<string[]> => {
    try {
      return await deleteAtNeon(neon, { projectId, snapshotId }, cancellationSignal());
    } catch (error) {
      if (isNeonError(error, 'NeonNotFound')) return [];
      throw error;
    }
  };
}
