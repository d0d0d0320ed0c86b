import type { OwnTimings } from '../tenancy/default-timings.js';
import type { TenantId } from '../tenancy/tenant-id.js';
import { activitiesOf } from './frame/activities.js';
import { movesToTheCurrentBuild } from './frame/build-moves.js';
import { trackProgress } from './frame/progress.js';
import { refuseUnfitInput } from './frame/refuse-unfit-input.js';
import { shielded } from './frame/shielded.js';
import { growingWait } from './parts/growing-wait.js';

export interface RemoveSnapshotInput {
  readonly tenant: { readonly fleet: string; readonly id: TenantId };
  readonly projectId: string;
  /** The name that the user gave: `before-import`. */
  readonly name: string;
  /** Neon's id of the snapshot. */
  readonly snapshotId: string;
  readonly timings: OwnTimings;
}

/**
 * Deletes a snapshot, checks until Neon no longer has it, and removes it from the catalog. It runs beside the
 * tenant's own operations without blocking them, and accepts that the snapshot or its project may be gone.
 */
export async function removeSnapshot(input: RemoveSnapshotInput): Promise<void> {
  refuseUnfitInput(input);
  const { tenant, projectId, name, snapshotId } = input;
  const progress = trackProgress();
  const activities = activitiesOf(input.timings, { progress });
  const step = progress.plan(['delete the snapshot']);
  const project = { tenant, projectId };
  const snapshot = { ...project, snapshotId };
  await shielded(() =>
    step('delete the snapshot', async () => {
      const wait = growingWait(activities, 'Neon no longer has the deleted snapshot');
      while (await activities.hasSnapshot(snapshot)) {
        await activities.deleteSnapshot(snapshot);
        // Whatever its operations report, only another look proves that the snapshot is gone.
        await activities.awaitIdle(project);
        await wait();
      }
      await activities.forgetKept({ tenant, kind: 'snapshot', name, neonId: snapshotId, why: 'asked' });
    }),
  );
}

movesToTheCurrentBuild(removeSnapshot);
