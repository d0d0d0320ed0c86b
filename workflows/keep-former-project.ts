import { sleep } from '@temporalio/workflow';
import type { TenantStep } from '../activities/tenant-step.js';
import { wholeTimings } from '../tenancy/default-timings.js';
import type { TenantId } from '../tenancy/tenant-id.js';
import type { Timings } from '../tenancy/timings.js';
import { movesToTheCurrentBuild } from './build-moves.js';
import { trackProgress } from './progress.js';
import { refuseUnfitInput } from './refuse-unfit-input.js';
import { removeSideProject } from './remove-side-project.js';
import { stepsOf } from './steps.js';

export interface KeepFormerProjectInput {
  readonly tenant: { readonly fleet: string; readonly id: TenantId };
  readonly projectId: string;
  /** What it is called at Neon. */
  readonly name: string;
  /** ISO 8601 */
  readonly retireAt: string;
  readonly timings: Timings;
}

export interface KeptFormerProject {
  readonly projectId: string;
  /** False where the project is the tenant's live one again, or has another keeper, or went with the tenant. */
  readonly retired: boolean;
}

/**
 * Keeps the project that a tenant was moved away from until its time is up, and then deletes it. It lives beside the
 * tenant's own runs and holds none of them up. Cancelled before its time, it leaves the project where it is.
 */
export async function keepFormerProject(input: KeepFormerProjectInput): Promise<KeptFormerProject> {
  refuseUnfitInput(input);
  const { tenant, projectId, name, retireAt, timings } = input;
  const steps = stepsOf(timings);
  const step = trackProgress(['wait until its time is up', 'delete the project']);
  const told: TenantStep = { tenant, timings: wholeTimings(timings) };
  await step('wait until its time is up', () => sleep(Math.max(Date.parse(retireAt) - Date.now(), 1)));
  return step('delete the project', async () => {
    // From here on no move can make it the live one again.
    const retired = await steps.claimFormerProject({ ...told, name });
    if (retired) await removeSideProject(steps, told, { kind: 'former-project', name, retired: projectId });
    return { projectId, retired };
  });
}

movesToTheCurrentBuild(keepFormerProject);
