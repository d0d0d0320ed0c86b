import { CancellationScope } from '@temporalio/workflow';
import type { ProjectInput } from '../../activities/tenant-input.js';
import type { Activities } from '../frame/activities.js';
import { restoreQuota } from './shut-out.js';
import { waitForNamed } from './wait-for-neon.js';

/** Does work that an exhausted quota forbids: the quota is lifted for as long as the work takes. */
export async function pastTheQuota(
  activities: Activities,
  project: ProjectInput,
  work: () => Promise<unknown>,
): Promise<void> {
  try {
    await waitForNamed(activities, project, await activities.liftQuota(project));
    await work();
  } finally {
    await CancellationScope.nonCancellable(() => restoreQuota(activities, project));
  }
}
