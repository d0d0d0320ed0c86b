import type { ProjectInput } from '../../activities/tenant-input.js';
import type { Activities } from '../frame/activities.js';
import { liveBranch } from './live-branch.js';
import { waitForAll, waitForNamed } from './wait-for-neon.js';

export interface OwnerReached {
  /** The password is right, but Neon lets nobody in because the quota is exhausted. */
  readonly overQuota: boolean;
  /** What was repaired to let the owner in, one sentence each. */
  readonly mended: readonly string[];
}

/**
 * Logs in as the owner. If the database refuses the password, fetches Neon's current one; if it refuses that
 * too, has Neon reset it.
 */
export async function reachAsOwner(
  activities: Activities,
  project: ProjectInput,
  logIn: Activities['logInAsOwner'] = activities.logInAsOwner,
): Promise<OwnerReached> {
  const welcome = await logIn(project);
  if (welcome !== 'refused') return { overQuota: welcome === 'over quota', mended: [] };
  await activities.fetchOwnerCredential(project);
  const again = await logIn(project);
  const fetched = "the owner's credential was refused: it was fetched from Neon again";
  if (again !== 'refused') return { overQuota: again === 'over quota', mended: [fetched] };
  const { id: branchId } = await liveBranch(activities, project);
  await resetOwner(activities, project, branchId);
  return {
    overQuota: false,
    mended: ["the owner's credential was refused, and the one that Neon has as well: it was reset"],
  };
}

/** The same, even if the quota is exhausted: it lifts the quota, and the caller must set it next. */
export async function reachPastTheQuota(
  activities: Activities,
  project: ProjectInput,
  logIn: Activities['logInAsOwner'] = activities.logInAsOwner,
): Promise<void> {
  if (!(await reachAsOwner(activities, project, logIn)).overQuota) return;
  await waitForNamed(activities, project, await activities.liftQuota(project));
  await reachAsOwner(activities, project, logIn);
}

export async function resetOwner(
  activities: Activities,
  project: ProjectInput,
  branchId: string,
): Promise<void> {
  await waitForAll(activities, project, await activities.resetOwnerPassword({ ...project, branchId }));
  await activities.fetchOwnerCredential(project);
  await activities.probeDatabase(project);
}
