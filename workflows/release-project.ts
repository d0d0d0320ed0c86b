import type { OwnTimings } from '../tenancy/default-timings.js';
import type { TenantId } from '../tenancy/tenant-id.js';
import { activitiesOf } from './frame/activities.js';
import { staysOnItsBuild } from './frame/build-moves.js';
import { refuseUnfitInput } from './frame/refuse-unfit-input.js';
import { releaseQuarantined } from './parts/mend-project.js';

export interface ReleaseProjectInput {
  /** Whom the project was made for. */
  readonly tenant: { readonly fleet: string; readonly id: TenantId };
  readonly projectId: string;
  readonly timings: OwnTimings;
}

/** Takes a project out of quarantine, at once: with the quota that it had, and recovered at Neon where it was deleted. */
export async function releaseProject(input: ReleaseProjectInput): Promise<void> {
  refuseUnfitInput(input);
  const { tenant, projectId, timings } = input;
  await releaseQuarantined(activitiesOf(timings), { tenant, projectId });
}

staysOnItsBuild(releaseProject);
