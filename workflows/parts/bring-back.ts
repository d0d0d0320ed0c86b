import { log, TemporalFailure } from '@temporalio/workflow';
import type { ProjectInput } from '../../activities/tenant-input.js';
import type { Activities } from '../frame/activities.js';
import { reasonOf } from '../frame/failure-reason.js';
import { waitForAll } from './wait-for-neon.js';

export interface BeforeRestore {
  /** The branch that was live before. */
  readonly liveId: string;
  /** The name of the branch that keeps the state before the restore. */
  readonly keptName: string;
  /** The name of the restored snapshot's branch until that branch becomes the live one. */
  readonly restoredName: string;
}

/**
 * Undoes a restore, however far it came: gives the live branch its earlier contents. The restore put them in
 * a branch with a name of its own, or, if a restored snapshot became the live branch, they are still in the
 * former live branch.
 */
export async function bringBack(
  activities: Activities,
  project: ProjectInput,
  { liveId, keptName, restoredName }: BeforeRestore,
): Promise<void> {
  await activities.awaitIdle(project);
  const branches = await activities.findBranches(project);
  const live = branches.find(({ isDefault }) => isDefault);
  const kept = branches.find(({ id, name, isDefault }) => name === keptName || (id === liveId && !isDefault));
  const unused = branches.find(({ name, isDefault }) => name === restoredName && !isDefault);
  if (unused !== undefined) await remove(activities, project, unused.id);
  if (kept === undefined) await activities.forgetResource({ ...project, kind: 'kept-state', name: keptName });
  if (live === undefined || kept === undefined) return;
  const back = { ...project, branchId: live.id, sourceBranchId: kept.id };
  await waitForAll(activities, project, await activities.restoreBranch(back));
  await letGo(activities, project, kept.id, keptName);
}

/**
 * The state before the restore is no longer needed. If Neon refuses to delete its branch, the branch stays,
 * and the catalog has a record of it.
 */
async function letGo(
  activities: Activities,
  project: ProjectInput,
  neonId: string,
  name: string,
): Promise<void> {
  const kept = { ...project, kind: 'kept-state', name } as const;
  try {
    await remove(activities, project, neonId);
    await activities.forgetResource(kept);
  } catch (error) {
    // Copies of the tenant depend on it: the children of the live branch moved to the branch that kept its
    // state.
    if (!(error instanceof TemporalFailure)) throw error;
    log.warn(`the state before the restore stays at Neon: ${reasonOf(error).message}`);
    const expiresAt = new Date(Date.now() + activities.timings.keptState).toISOString();
    const detail = { before: 'a restore that was undone' };
    await activities.noteResource({ ...kept, neonId, detail, expiresAt });
  }
}

async function remove(activities: Activities, project: ProjectInput, branchId: string): Promise<void> {
  await waitForAll(activities, project, await activities.deleteBranch({ ...project, branchId }));
}
