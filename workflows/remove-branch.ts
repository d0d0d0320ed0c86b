import type { ProjectStep } from '../activities/tenant-step.js';
import { supportBranchName } from '../tenancy/naming.js';
import { growingWait } from './growing-wait.js';
import type { Steps } from './steps.js';

/**
 * Deletes a copy of a tenant's database, looks again until Neon has none left, and forgets it. By the
 * time that it stops looking, Neon has deleted it by itself.
 */
export async function removeBranch(
  steps: Steps,
  project: ProjectStep,
  of: { readonly name: string; readonly keeper: string; readonly why: string },
): Promise<void> {
  const wait = growingWait(project.timings.retry, 'Neon did not have the copy that was deleted');
  for (;;) {
    const branches = await steps.findBranches(project);
    const found = branches.find(({ name }) => name === supportBranchName(of.name));
    if (found === undefined) break;
    await steps.deleteBranch({ ...project, branchId: found.id });
    // However its operations end, only a look shows whether it is gone.
    await steps.awaitIdle(project);
    await wait();
  }
  await steps.forgetBranch({ ...project, ...of });
}
