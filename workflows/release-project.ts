import type { OwnTimings } from '../tenancy/default-timings.js';
import type { TenantId } from '../tenancy/tenant-id.js';
import { activitiesOf } from './frame/activities.js';
import { staysOnItsBuild } from './frame/build-moves.js';
import { refuseUnfitInput } from './frame/refuse-unfit-input.js';
import { releaseQuarantined } from './parts/mend-project.js';

export interface ReleaseProjectInput {
  /** The tenant that the project was created for. */
  readonly tenant: { readonly fleet: string; readonly id: TenantId };
  readonly projectId: string;
  readonly timings: OwnTimings;
}

/**
 * Takes a project out of quarantine, at once: restores its quota, and recovers it at Neon if it was deleted.
 */
export async function releaseProject(input: ReleaseProjectInput): Promise<void> {
  refuseUnfitInput(input);
  const { tenant, projectId, timings } = input;
  await releaseQuarantined(activitiesOf(timings), { tenant, projectId });
}

staysOnItsBuild(releaseProject);
