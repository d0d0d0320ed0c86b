import { activityInfo, cancellationSignal } from '@temporalio/activity';
import { isNeonError } from '../../neon/neon-error.js';
import { createSnapshot, deleteSnapshot as deleteAtNeon, listSnapshots } from '../../neon/snapshots.js';
import type { Dependencies } from '../dependencies.js';
import type { ProjectInput } from '../tenant-input.js';

export interface SnapshotTaken {
  readonly snapshotId: string;
  /** None are named when the reply was lost. */
  readonly operationIds: readonly string[];
}

/** Takes a snapshot of the live branch. Nothing else of that name may be there: an attempt after the first adopts it. */
export function takeSnapshot({ neon }: Dependencies) {
  return async ({
    projectId,
    branchId,
    name,
    expiresAt,
  }: ProjectInput & {
    readonly branchId: string;
    readonly name: string;
    /** ISO 8601: when Neon deletes it by itself. */
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

/** Whether Neon has this snapshot, even if it was renamed. A project that is gone has none. */
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

/** Deletes a snapshot. Returns the operations to wait for; none when it is gone already. */
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
