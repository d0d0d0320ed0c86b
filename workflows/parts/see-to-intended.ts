import { TemporalFailure } from '@temporalio/workflow';
import type { DueIntended } from '../../activities/catalog/find-due.js';
import type { ProjectStep } from '../../activities/tenant-step.js';
import { reasonOf } from '../frame/failure-reason.js';
import type { Steps } from '../frame/steps.js';
import type { BeforeRestore } from './bring-back.js';
import { finished } from './finished.js';

/** What has become of something that a run was about to make when it was cut off. */
export type Become = { readonly neonId: string } | 'nothing';

/**
 * Looks what Neon has of it. A snapshot that nobody was told of goes. The state before a restore stays: it is what the tenant had,
 * and may be wanted back. Returns nothing while Neon has not let go of it.
 */
export async function seeToIntended(
  steps: Steps,
  project: ProjectStep,
  { kind, name, detail }: DueIntended,
): Promise<Become | undefined> {
  if (!(await isIdle(steps, project))) return undefined;
  if (kind === 'snapshot') return removeSnapshots(steps, project, name);
  const neonId = isRestoring(detail) ? await keptBefore(steps, project, detail.restoring) : undefined;
  return neonId === undefined ? 'nothing' : { neonId };
}

async function removeSnapshots(
  steps: Steps,
  project: ProjectStep,
  name: string,
): Promise<Become | undefined> {
  const found = await steps.findSnapshots({ ...project, name });
  for (const snapshotId of found) await steps.deleteSnapshot({ ...project, snapshotId });
  return found.length === 0 ? 'nothing' : undefined;
}

/** The branch that has the state before, under its name; and what was to take its place, and did not, goes. */
async function keptBefore(
  steps: Steps,
  project: ProjectStep,
  { liveId, keptName, restoredName }: BeforeRestore,
): Promise<string | undefined> {
  const others = (await steps.findBranches(project)).filter(({ isDefault }) => !isDefault);
  const unused = others.find(({ name }) => name === restoredName);
  if (unused !== undefined)
    await finished(steps, project, await steps.deleteBranch({ ...project, branchId: unused.id }));
  const named = others.find(({ name }) => name === keptName);
  if (named !== undefined) return named.id;
  const replaced = others.find(({ id }) => id === liveId);
  if (replaced === undefined) return undefined;
  const branchId = replaced.id;
  await finished(steps, project, await steps.renameBranch({ ...project, branchId, name: keptName }));
  return branchId;
}

/** Neon may be at the very thing that was begun, or at what another run asked for; it is no trouble to come again. */
async function isIdle(steps: Steps, project: ProjectStep): Promise<boolean> {
  try {
    await steps.awaitIdle(project);
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
