import type { ProjectStep } from '../../activities/tenant-step.js';
import { supportBranchName } from '../../tenancy/naming.js';
import type { Steps } from '../frame/steps.js';
import { growingWait } from './growing-wait.js';

/** A copy of a tenant's database, by the name that it was given. */
export interface Copy {
  readonly name: string;
  /** Absent where it may not have come to be: then it is looked for by its name. */
  readonly branchId?: string;
}

/** Deletes a copy, looks again until Neon has none left, and forgets it. */
export async function deleteCopy(steps: Steps, project: ProjectStep, copy: Copy, why: string): Promise<void> {
  const wait = growingWait(steps.timings.retry, 'Neon did not have the copy that was deleted');
  while (await deleteOnce(steps, project, copy)) {
    // However its operations end, only another look shows that it is gone.
    await steps.awaitIdle(project);
    await wait();
  }
  await steps.forgetBranch({ ...project, ...copy, why });
}

/** Has Neon delete a copy, if there is one. Returns whether there was: only another look shows that it is gone. */
export async function deleteOnce(
  steps: Steps,
  project: ProjectStep,
  { name, branchId }: Copy,
): Promise<boolean> {
  const branches = await steps.findBranches(project);
  const found = branches.find((branch) =>
    branchId === undefined ? branch.name === supportBranchName(name) : branch.id === branchId,
  );
  if (found === undefined) return false;
  await steps.deleteBranch({ ...project, branchId: found.id });
  return true;
}
