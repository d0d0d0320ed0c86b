import { TemporalFailure } from '@temporalio/workflow';
import type { DueIntended } from '../../activities/catalog/find-due.js';
import type { ProjectInput } from '../../activities/tenant-input.js';
import type { Activities } from '../frame/activities.js';
import { reasonOf } from '../frame/failure-reason.js';
import type { BeforeRestore } from './bring-back.js';
import { waitForAll } from './wait-for-neon.js';

/** What has become of something that a run was about to make when it was cut off. */
export type Become = { readonly neonId: string } | 'nothing';

/**
 * Looks what Neon has of it. A snapshot that nobody was told of goes. The state before a restore stays: it is what the tenant had,
 * and may be wanted back. Returns nothing while Neon has not let go of it.
 */
export async function seeToIntended(
  activities: Activities,
  project: ProjectInput,
  { kind, name, detail }: DueIntended,
): Promise<Become | undefined> {
  if (!(await isIdle(activities, project))) return undefined;
  if (kind === 'snapshot') return removeSnapshots(activities, project, name);
  const neonId = isRestoring(detail) ? await keptBefore(activities, project, detail.restoring) : undefined;
  return neonId === undefined ? 'nothing' : { neonId };
}

async function removeSnapshots(
  activities: Activities,
  project: ProjectInput,
  name: string,
): Promise<Become | undefined> {
  const found = await activities.findSnapshots({ ...project, name });
  for (const snapshotId of found) await activities.deleteSnapshot({ ...project, snapshotId });
  return found.length === 0 ? 'nothing' : undefined;
}

/** The branch that has the state before, under its name; and what was to take its place, and did not, goes. */
async function keptBefore(
  activities: Activities,
  project: ProjectInput,
  { liveId, keptName, restoredName }: BeforeRestore,
): Promise<string | undefined> {
  const others = (await activities.findBranches(project)).filter(({ isDefault }) => !isDefault);
  const unused = others.find(({ name }) => name === restoredName);
  if (unused !== undefined)
    await waitForAll(activities, project, await activities.deleteBranch({ ...project, branchId: unused.id }));
  const named = others.find(({ name }) => name === keptName);
  if (named !== undefined) return named.id;
  const replaced = others.find(({ id }) => id === liveId);
  if (replaced === undefined) return undefined;
  const branchId = replaced.id;
  await waitForAll(
    activities,
    project,
    await activities.renameBranch({ ...project, branchId, name: keptName }),
  );
  return branchId;
}

/** Neon may be at the very thing that was begun, or at what another run asked for; it is no trouble to come again. */
async function isIdle(activities: Activities, project: ProjectInput): Promise<boolean> {
  try {
    await activities.awaitIdle(project);
    return true;
  } catch (error) {
    if (error instanceof TemporalFailure && reasonOf(error).type === 'NeonOperationPending') return false;
    throw error;
  }
}

/** As the restore has noted it. */
function isRestoring(detail: object): detail is { readonly restoring: BeforeRestore } {
  return 'restoring' in detail;
}
