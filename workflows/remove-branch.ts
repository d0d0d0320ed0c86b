import type { OwnTimings } from '../tenancy/default-timings.js';
import type { TenantId } from '../tenancy/tenant-id.js';
import { activitiesOf } from './frame/activities.js';
import { movesToTheCurrentBuild } from './frame/build-moves.js';
import { trackProgress } from './frame/progress.js';
import { refuseUnfitInput } from './frame/refuse-unfit-input.js';
import { shielded } from './frame/shielded.js';
import { deleteCopy } from './parts/delete-copy.js';

export interface RemoveBranchInput {
  readonly tenant: { readonly fleet: string; readonly id: TenantId };
  readonly projectId: string;
  /** The name that the user gave: `incident-7`. */
  readonly name: string;
  /** Neon's id of the branch. */
  readonly branchId: string;
  readonly timings: OwnTimings;
}

/**
 * Deletes a copy of a tenant's database before its time is up. It runs beside the tenant's own operations
 * without blocking them, and accepts that the tenant or its project may be gone.
 */
export async function removeBranch(input: RemoveBranchInput): Promise<void> {
  refuseUnfitInput(input);
  const { tenant, projectId, name, branchId } = input;
  const progress = trackProgress();
  const activities = activitiesOf(input.timings, { progress });
  const step = progress.plan(['delete the branch']);
  const copy = { name, branchId };
  await shielded(() =>
    step('delete the branch', () => deleteCopy(activities, { tenant, projectId }, copy, 'asked')),
  );
}

movesToTheCurrentBuild(removeBranch);
