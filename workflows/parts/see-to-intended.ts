import { TemporalFailure } from '@temporalio/workflow';
import type { DueIntended } from '../../activities/catalog/find-due.js';
import type { ProjectInput } from '../../activities/tenant-input.js';
import type { Activities } from '../frame/activities.js';
import { reasonOf } from '../frame/failure-reason.js';
import type { BeforeRestore } from './bring-back.js';
import { waitForAll } from './wait-for-neon.js';

/** What came of a resource that a run was about to create when it was terminated. */
export type Become = { readonly neonId: string } | 'nothing';

/**
 * Looks up what Neon has of the resource. A snapshot that nobody knows of is deleted. The state before a
 * restore stays: it holds the tenant's data, and somebody may want it back. Returns nothing while Neon is
 * busy with the project, or still has the snapshot.
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

/**
 * Finds the branch with the state before, and gives it its name; deletes the branch that should have replaced
 * it, but did not.
 */
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

/**
 * Neon may still be busy with this very resource, or with another run's request; trying again later is cheap.
 */
async function isIdle(activities: Activities, project: ProjectInput): Promise<boolean> {
  try {
    await activities.awaitIdle(project);
    return true;
  } catch (error) {
    if (error instanceof TemporalFailure && reasonOf(error).type === 'NeonOperationPending') return false;
    throw error;
  }
}

/** The detail that a restore records. */
function isRestoring(detail: object): detail is { readonly restoring: BeforeRestore } {
  return 'restoring' in detail;
}
