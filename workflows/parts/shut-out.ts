import { CancellationScope, isCancellation, log, TemporalFailure } from '@temporalio/workflow';
import type { ProjectStep } from '../../activities/tenant-step.js';
import { reasonOf } from '../frame/failure-reason.js';
import { isStale } from '../frame/own-run.js';
import type { Steps } from '../frame/steps.js';
import { reachPastTheQuota } from './owner-login.js';
import { settled } from './settled.js';

/*
 * A tenant is shut out from outside first, by Neon's own means, which nobody inside can resist: to put its computes to
 * sleep ends every connection. Only then the login is closed, and the quota keeps the computes from waking for anyone.
 * Each part can be repeated, and all but the login copes with a project that is gone.
 */

export async function lowerQuota(steps: Steps, project: ProjectStep): Promise<void> {
  await settled(steps, project, await steps.lowerQuota(project));
}

export async function putToSleep(steps: Steps, project: ProjectStep): Promise<void> {
  for (const endpointId of await steps.findEndpoints(project)) {
    await settled(steps, project, await steps.suspendEndpoint({ ...project, endpointId }));
  }
}

/** Exactly the quota of the tenant's plan; where the fleet has no such plan any more, the one that Neon had before. */
export async function restoreQuota(steps: Steps, project: ProjectStep): Promise<void> {
  await settled(steps, project, await steps.restoreQuota(project));
}

/**
 * Closes the login, if it can be done: someone who holds all connections, or a database that does not answer, is no reason
 * to let anybody in. A quota that is used up keeps out whoever would close the login too, until the next period lets all
 * of them in; so it is lifted for as long as that takes. The quota is to be lowered next.
 *
 * Returns whether the login is closed; where it is not, the quota alone keeps everyone out. Nothing where nobody can log in
 * anyway: whoever lowered the quota has closed the login before.
 */
export async function tryToCloseLogin(steps: Steps, project: ProjectStep): Promise<boolean | undefined> {
  if ((await steps.lookAtQuota(project)) !== 'set') return undefined;
  return attempted('the login could not be closed; the quota keeps everyone out', async () => {
    await reachPastTheQuota(steps, project, steps.tryToLogInAsOwner);
    await steps.tryToCloseLogin(project);
  });
}

/** Does something that can be done without. Returns whether it was done. */
export async function attempted(otherwise: string, work: () => Promise<unknown>): Promise<boolean> {
  try {
    await work();
    return true;
  } catch (error) {
    if (!(error instanceof TemporalFailure) || isCancellation(error) || isStale(error)) throw error;
    if (CancellationScope.current().consideredCancelled) throw error;
    log.warn(otherwise, { ...reasonOf(error) });
    return false;
  }
}

/** Closes something from inside; where whoever holds it does not let go, once more when every connection has been ended. */
export async function orFromOutside(
  steps: Steps,
  project: ProjectStep,
  close: () => Promise<void>,
): Promise<void> {
  try {
    await close();
  } catch (error) {
    if (!(error instanceof TemporalFailure) || isCancellation(error)) throw error;
    await putToSleep(steps, project);
    await close();
  }
}

/** Everything at once. It comes to its end where Neon can be reached, whatever has become of the database. */
export async function shutOut(steps: Steps, project: ProjectStep): Promise<void> {
  await putToSleep(steps, project);
  await tryToCloseLogin(steps, project);
  await lowerQuota(steps, project);
  await putToSleep(steps, project);
  await seeShutOut(steps, project);
}

/** Whether anybody gets in is tried. A database that does not answer proves nothing; then Neon's word does. */
export async function seeShutOut(steps: Steps, project: ProjectStep): Promise<void> {
  if ((await steps.lookAtQuota(project)) === 'gone') return;
  try {
    await steps.tryToGetIn(project);
  } catch (error) {
    if (!(error instanceof TemporalFailure) || !isSilence(error)) throw error;
    if ((await steps.lookAtQuota(project)) === 'set') throw error;
  }
}

function isSilence(error: TemporalFailure): boolean {
  return ['DatabaseUnreachable', 'OutOfTime'].includes(reasonOf(error).type);
}
