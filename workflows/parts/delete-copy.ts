import type { ProjectInput } from '../../activities/tenant-input.js';
import { supportBranchName } from '../../tenancy/naming.js';
import type { Activities } from '../frame/activities.js';
import { growingWait } from './growing-wait.js';

/** A copy of a tenant's database, by the name that it was given. */
export interface Copy {
  readonly name: string;
  /** Absent where it may not have come to be: then it is looked for by its name. */
  readonly branchId?: string;
}

/** Deletes a copy, looks again until Neon has none left, and forgets it. */
export async function deleteCopy(
  activities: Activities,
  project: ProjectInput,
  copy: Copy,
  why: string,
): Promise<void> {
  const wait = growingWait(activities, 'Neon no longer has the deleted copy');
  while (await deleteOnce(activities, project, copy)) {
    // However its operations end, only another look shows that it is gone.
    await activities.awaitIdle(project);
    await wait();
  }
  await activities.forgetBranch({ ...project, ...copy, why });
}

/** Has Neon delete a copy, if there is one. Returns whether there was: only another look shows that it is gone. */
export async function deleteOnce(
  activities: Activities,
  project: ProjectInput,
  { name, branchId }: Copy,
): Promise<boolean> {
  const branches = await activities.findBranches(project);
  const found = branches.find((branch) =>
    branchId === undefined ? branch.name === supportBranchName(name) : branch.id === branchId,
  );
  if (found === undefined) return false;
  await activities.deleteBranch({ ...project, branchId: found.id });
  return true;
}
