import type { BranchStep } from '../../activities/neon/live-compute.js';
import type { ProjectStep } from '../../activities/tenant-step.js';
import { endingWith } from '../frame/failure-reason.js';
import type { Steps } from '../frame/steps.js';
import { finished } from './finished.js';
import { liveBranch } from './live-branch.js';
import { pastTheQuota } from './past-the-quota.js';

/**
 * Sees that the live branch has a compute to be written through, and that the sealed credentials lead there: who knocks where a
 * compute was deleted knocks for ever. Returns what was mended, in a sentence each.
 */
export async function reachCompute(steps: Steps, project: ProjectStep): Promise<string[]> {
  const { id: branchId } = await liveBranch(steps, project);
  const seen = await steps.lookAtCompute({ ...project, branchId });
  if (seen === 'as sealed') return [];
  if (seen === 'none') await makeCompute(steps, { ...project, branchId });
  await steps.followCompute(project);
  return [
    seen === 'none'
      ? 'the live branch had no compute: a new one was made, and its connection string is a new one'
      : 'the credentials led to a compute that is gone: the connection string is a new one',
  ];
}

async function makeCompute(steps: Steps, branch: BranchStep): Promise<void> {
  const made = await steps.makeCompute(branch);
  if (made !== 'over quota') return finished(steps, branch, made);
  await pastTheQuota(steps, branch, async () => {
    const again = await steps.makeCompute(branch);
    if (again === 'over quota')
      throw endingWith({
        type: 'DatabaseOverQuota',
        message: 'Neon makes no compute, though the quota is lifted',
      });
    await finished(steps, branch, again);
  });
}
