import { CancellationScope, isCancellation, log, TemporalFailure } from '@temporalio/workflow';
import type { ProjectInput } from '../../activities/tenant-input.js';
import type { Activities } from '../frame/activities.js';
import { reasonOf } from '../frame/failure-reason.js';
import { isStale } from '../frame/own-run.js';
import { reachPastTheQuota } from './owner-login.js';
import { waitForNamed } from './wait-for-neon.js';

/*
 * A tenant is shut out from outside first, by Neon's own means, which nobody inside can resist: to put its computes to
 * sleep ends every connection. Only then the login is closed, and the quota keeps the computes from waking for anyone.
 * Each part can be repeated, and all but the login copes with a project that is gone.
 */

export async function lowerQuota(activities: Activities, project: ProjectInput): Promise<void> {
  await waitForNamed(activities, project, await activities.lowerQuota(project));
}

export async function putToSleep(activities: Activities, project: ProjectInput): Promise<void> {
  for (const endpointId of await activities.findEndpoints(project)) {
    await waitForNamed(activities, project, await activities.suspendEndpoint({ ...project, endpointId }));
  }
}

/** Exactly the quota of the tenant's plan; where the fleet has no such plan any more, the one that Neon had before. */
export async function restoreQuota(activities: Activities, project: ProjectInput): Promise<void> {
  await waitForNamed(activities, project, await activities.restoreQuota(project));
}

/**
 * Closes the login, if it can be done: someone who holds all connections, or a database that does not answer, is no reason
 * to let anybody in. A quota that is used up keeps out whoever would close the login too, until the next period lets all
 * of them in; so it is lifted for as long as that takes. The quota is to be lowered next.
 *
 * Returns whether the login is closed; where it is not, the quota alone keeps everyone out. Nothing where nobody can log in
 * anyway: whoever lowered the quota has closed the login before.
 */
export async function tryToCloseLogin(
  activities: Activities,
  project: ProjectInput,
): Promise<boolean | undefined> {
  if ((await activities.lookAtQuota(project)) !== 'set') return undefined;
  return attempted('the login could not be closed; the quota keeps everyone out', async () => {
    await reachPastTheQuota(activities, project, activities.tryToLogInAsOwner);
    await activities.tryToCloseLogin(project);
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
  activities: Activities,
  project: ProjectInput,
  close: () => Promise<void>,
): Promise<void> {
  try {
    await close();
  } catch (error) {
    if (!(error instanceof TemporalFailure) || isCancellation(error)) throw error;
    await putToSleep(activities, project);
    await close();
  }
}

/** Everything at once. It comes to its end where Neon can be reached, whatever has become of the database. */
export async function shutOut(activities: Activities, project: ProjectInput): Promise<void> {
  await putToSleep(activities, project);
  await tryToCloseLogin(activities, project);
  await lowerQuota(activities, project);
  await putToSleep(activities, project);
  await seeShutOut(activities, project);
}

/** Whether anybody gets in is tried. A database that does not answer proves nothing; then Neon's word does. */
export async function seeShutOut(activities: Activities, project: ProjectInput): Promise<void> {
  if ((await activities.lookAtQuota(project)) === 'gone') return;
  try {
    await activities.tryToGetIn(project);
  } catch (error) {
    if (!(error instanceof TemporalFailure) || !isSilence(error)) throw error;
    if ((await activities.lookAtQuota(project)) === 'set') throw error;
  }
}

function isSilence(error: TemporalFailure): boolean {
  return ['DatabaseUnreachable', 'OutOfTime'].includes(reasonOf(error).type);
}
