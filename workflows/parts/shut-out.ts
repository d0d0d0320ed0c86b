import { CancellationScope, isCancellation, log, TemporalFailure } from '@temporalio/workflow';
import type { ProjectInput } from '../../activities/tenant-input.js';
import type { Activities } from '../frame/activities.js';
import { reasonOf } from '../frame/failure-reason.js';
import { isStale } from '../frame/own-run.js';
import { reachPastTheQuota } from './owner-login.js';
import { waitForNamed } from './wait-for-neon.js';

/*
 * A tenant is shut out from outside first, by Neon's own means, which nobody inside the database can resist:
 * suspending the computes ends every connection. Only then is the login closed, and the quota keeps anyone
 * from waking the computes. Each part can be repeated, and all parts but the login accept that the project is
 * gone.
 */

export async function lowerQuota(activities: Activities, project: ProjectInput): Promise<void> {
  await waitForNamed(activities, project, await activities.lowerQuota(project));
}

export async function putToSleep(activities: Activities, project: ProjectInput): Promise<void> {
  for (const endpointId of await activities.findEndpoints(project)) {
    await waitForNamed(activities, project, await activities.suspendEndpoint({ ...project, endpointId }));
  }
}

/**
 * Sets exactly the quota of the tenant's plan or, if the fleet no longer has that plan, the quota that Neon
 * had before.
 */
export async function restoreQuota(activities: Activities, project: ProjectInput): Promise<void> {
  await waitForNamed(activities, project, await activities.restoreQuota(project));
}

/**
 * Closes the login, if possible: a tenant that holds all connections, or a database that does not answer, is
 * no reason to let anybody in. An exhausted quota also keeps out the owner, who closes the login, until the
 * next billing period lets everyone in; so the quota is lifted while the login is closed. The caller must
 * lower the quota next.
 *
 * Returns whether the login is closed; if it is not, the quota alone keeps everyone out. Returns nothing if
 * nobody can log in anyway: the run that lowered the quota closed the login first.
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

/** Does optional work. Returns whether it succeeded. */
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

/** Closes something from inside; if a session keeps it locked, ends every connection and tries once more. */
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

/** All parts at once. It succeeds whenever Neon can be reached, whatever has become of the database. */
export async function shutOut(activities: Activities, project: ProjectInput): Promise<void> {
  await putToSleep(activities, project);
  await tryToCloseLogin(activities, project);
  await lowerQuota(activities, project);
  await putToSleep(activities, project);
  await seeShutOut(activities, project);
}

/**
 * Verifies by a connection attempt that nobody gets in. A database that does not answer proves nothing; then
 * Neon's quota decides.
 */
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
