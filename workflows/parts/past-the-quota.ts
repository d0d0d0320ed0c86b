import { CancellationScope } from '@temporalio/workflow';
import type { ProjectStep } from '../../activities/tenant-step.js';
import type { Steps } from '../frame/steps.js';
import { settled } from './settled.js';
import { restoreQuota } from './shut-out.js';

/** Does something that a quota which is used up forbids: the quota is lifted for as long as that takes. */
export async function pastTheQuota(
  steps: Steps,
  project: ProjectStep,
  work: () => Promise<unknown>,
): Promise<void> {
  try {
    await settled(steps, project, await steps.liftQuota(project));
    await work();
  } finally {
    await CancellationScope.nonCancellable(() => restoreQuota(steps, project));
  }
}
