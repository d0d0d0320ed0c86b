import { sleep } from '@temporalio/workflow';
import type { ProjectStep } from '../activities/tenant-step.js';
import { supportBranchName } from '../tenancy/naming.js';
import type { Steps } from './steps.js';

/**
 * Deletes a copy of a tenant's database, looks again until Neon has none left, and forgets it. The waits grow up to the
 * margin after which Neon deletes it by itself.
 */
export async function removeBranch(
  steps: Steps,
  project: ProjectStep,
  of: { readonly name: string; readonly keeper: string; readonly why: string },
): Promise<void> {
  const { retry, branchExpiryMargin } = project.timings;
  for (let wait = retry; ; wait = Math.min(wait * 2, branchExpiryMargin)) {
    const branches = await steps.findBranches(project);
    const found = branches.find(({ name }) => name === supportBranchName(of.name));
    if (found === undefined) break;
    await steps.deleteBranch({ ...project, branchId: found.id });
    // However its operations end, only a look shows whether it is gone.
    await steps.awaitIdle(project);
    await sleep(wait);
  }
  await steps.forgetBranch({ ...project, ...of });
}
