import type { BranchStep } from '../../activities/neon/live-compute.js';
import type { ProjectInput } from '../../activities/tenant-input.js';
import type { Activities } from '../frame/activities.js';
import { endingWith } from '../frame/failure-reason.js';
import { liveBranch } from './live-branch.js';
import { pastTheQuota } from './past-the-quota.js';
import { waitForAll } from './wait-for-neon.js';

/**
 * Ensures that the live branch has a compute for writes, and that the sealed credentials lead to it: a client
 * of a deleted compute would retry forever. Returns a sentence for each repair.
 */
export async function reachCompute(activities: Activities, project: ProjectInput): Promise<string[]> {
  const { id: branchId } = await liveBranch(activities, project);
  const seen = await activities.lookAtCompute({ ...project, branchId });
  if (seen === 'as sealed') return [];
  if (seen === 'none') await makeCompute(activities, { ...project, branchId });
  await activities.followCompute(project);
  return [
    seen === 'none'
      ? 'the live branch had no compute: a new one was made, and its connection string is a new one'
      : 'the credentials led to a compute that is gone: the connection string is a new one',
  ];
}

async function makeCompute(activities: Activities, branch: BranchStep): Promise<void> {
  const made = await activities.makeCompute(branch);
  if (made !== 'over quota') return waitForAll(activities, branch, made);
  await pastTheQuota(activities, branch, async () => {
    const again = await activities.makeCompute(branch);
    if (again === 'over quota')
      throw endingWith({
        type: 'DatabaseOverQuota',
        message: 'Neon makes no compute, though the quota is lifted',
      });
    await waitForAll(activities, branch, again);
  });
}
