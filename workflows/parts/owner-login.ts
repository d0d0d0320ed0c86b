import type { ProjectStep } from '../../activities/tenant-step.js';
import type { Steps } from '../frame/steps.js';
import { finished } from './finished.js';
import { liveBranch } from './live-branch.js';
import { settled } from './settled.js';

export interface OwnerReached {
  /** The password is right, but Neon lets nobody in. */
  readonly overQuota: boolean;
  /** What was done so that the owner gets in, in a sentence each. */
  readonly mended: readonly string[];
}

/**
 * Gets in as the owner. Where the password is refused, Neon is asked for the one that it has; where that is refused too, it
 * makes a new one.
 */
export async function reachAsOwner(
  steps: Steps,
  project: ProjectStep,
  logIn: Steps['logInAsOwner'] = steps.logInAsOwner,
): Promise<OwnerReached> {
  const welcome = await logIn(project);
  if (welcome !== 'refused') return { overQuota: welcome === 'over quota', mended: [] };
  await steps.fetchOwnerCredential(project);
  const again = await logIn(project);
  const fetched = "the owner's credential was refused: it was fetched from Neon again";
  if (again !== 'refused') return { overQuota: again === 'over quota', mended: [fetched] };
  const { id: branchId } = await liveBranch(steps, project);
  await resetOwner(steps, project, branchId);
  return {
    overQuota: false,
    mended: ["the owner's credential was refused, and the one that Neon has as well: it was reset"],
  };
}

/** The same, where the quota is used up as well: it is lifted, and to be set next. */
export async function reachPastTheQuota(
  steps: Steps,
  project: ProjectStep,
  logIn: Steps['logInAsOwner'] = steps.logInAsOwner,
): Promise<void> {
  if (!(await reachAsOwner(steps, project, logIn)).overQuota) return;
  await settled(steps, project, await steps.liftQuota(project));
  await reachAsOwner(steps, project, logIn);
}

export async function resetOwner(steps: Steps, project: ProjectStep, branchId: string): Promise<void> {
  await finished(steps, project, await steps.resetOwnerPassword({ ...project, branchId }));
  await steps.fetchOwnerCredential(project);
  await steps.probeDatabase(project);
}
