import { log, TemporalFailure } from '@temporalio/workflow';
import type { ProjectStep } from '../../activities/tenant-step.js';
import { reasonOf } from '../frame/failure-reason.js';
import type { Steps } from '../frame/steps.js';
import { finished } from './finished.js';

export interface BeforeRestore {
  /** The branch that was live before. */
  readonly liveId: string;
  /** What the state before is kept as. */
  readonly keptName: string;
  /** What a restored snapshot is called until it takes the live branch's place. */
  readonly restoredName: string;
}

/**
 * Undoes a restore, however far it came: gives the live branch what it held before. That is where the restore put it:
 * in a branch of a name of its own, or, where a snapshot took the place, still in the branch that was live then.
 */
export async function bringBack(
  steps: Steps,
  project: ProjectStep,
  { liveId, keptName, restoredName }: BeforeRestore,
): Promise<void> {
  await steps.awaitIdle(project);
  const branches = await steps.findBranches(project);
  const live = branches.find(({ isDefault }) => isDefault);
  const kept = branches.find(({ id, name, isDefault }) => name === keptName || (id === liveId && !isDefault));
  const unused = branches.find(({ name, isDefault }) => name === restoredName && !isDefault);
  if (unused !== undefined) await remove(steps, project, unused.id);
  if (kept === undefined) await steps.forgetResource({ ...project, kind: 'kept-state', name: keptName });
  if (live === undefined || kept === undefined) return;
  const back = { ...project, branchId: live.id, sourceBranchId: kept.id };
  await finished(steps, project, await steps.restoreBranch(back));
  await letGo(steps, project, kept.id, keptName);
}

/** What kept the state before is not needed any more; where Neon refuses to delete it, it stays, and is on record. */
async function letGo(steps: Steps, project: ProjectStep, neonId: string, name: string): Promise<void> {
  const kept = { ...project, kind: 'kept-state', name } as const;
  try {
    await remove(steps, project, neonId);
    await steps.forgetResource(kept);
  } catch (error) {
    // Copies of the tenant hang on it: children of the live branch went over to what kept its state.
    if (!(error instanceof TemporalFailure)) throw error;
    log.warn(`the state before the restore stays at Neon: ${reasonOf(error).message}`);
    await steps.noteResource({ ...kept, neonId, detail: { before: 'a restore that was undone' } });
  }
}

async function remove(steps: Steps, project: ProjectStep, branchId: string): Promise<void> {
  await finished(steps, project, await steps.deleteBranch({ ...project, branchId }));
}
