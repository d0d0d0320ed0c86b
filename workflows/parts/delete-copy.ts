import type { ProjectInput } from '../../activities/tenant-input.js';
import { supportBranchName } from '../../tenancy/naming.js';
import type { Activities } from '../frame/activities.js';
import { growingWait } from './growing-wait.js';

/** A copy of a tenant's database, with the name that the user gave it. */
export interface Copy {
  readonly name: string;
  /** Absent if the copy may not exist: it is then looked up by its name. */
  readonly branchId?: string;
}

/** Deletes a copy, checks until Neon no longer has it, and removes it from the catalog. */
export async function deleteCopy(
  activities: Activities,
  project: ProjectInput,
  copy: Copy,
  why: string,
): Promise<void> {
  const wait = growingWait(activities, 'Neon no longer has the deleted copy');
  while (await deleteOnce(activities, project, copy)) {
    // Whatever its operations report, only another look proves that the copy is gone.
    await activities.awaitIdle(project);
    await wait();
  }
  await activities.forgetBranch({ ...project, ...copy, why });
}

/**
 * Asks Neon to delete a copy, if there is one. Returns whether there was: only another look proves that it is
 * gone.
 */
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
