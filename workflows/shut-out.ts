import { CancellationScope, isCancellation, log, TemporalFailure } from '@temporalio/workflow';
import type { ProjectStep } from '../activities/tenant-step.js';
import { reasonOf } from './failure-reason.js';
import { settled } from './settled.js';
import type { Steps } from './steps.js';

/*
 * A tenant is shut out from outside first, by Neon's own means, which nobody inside can resist: to put its computes to
 * sleep ends every connection. Only then the login is closed, and the quota keeps the computes from waking for anyone.
 * Each part can be repeated.
 */

export async function lowerQuota(steps: Steps, project: ProjectStep): Promise<void> {
  await settled(steps, project, await steps.lowerQuota(project));
}

export async function putToSleep(steps: Steps, project: ProjectStep): Promise<void> {
  for (const endpointId of await steps.findEndpoints(project)) {
    await settled(steps, project, await steps.suspendEndpoint({ ...project, endpointId }));
  }
}

/** Exactly the quota of the tenant's plan. */
export async function restoreQuota(steps: Steps, project: ProjectStep): Promise<void> {
  await settled(steps, project, await steps.restoreQuota(project));
}

/**
 * Closes the login, if it can be done: someone who holds all connections, or a database that does not answer, is no reason
 * to let anybody in. Returns whether it is closed; where it is not, the quota alone keeps everyone out.
 */
export async function tryToCloseLogin(steps: Steps, project: ProjectStep): Promise<boolean> {
  try {
    await steps.tryToCloseLogin(project);
    return true;
  } catch (error) {
    if (!(error instanceof TemporalFailure) || isCancellation(error)) throw error;
    if (CancellationScope.current().consideredCancelled) throw error;
    log.warn('the login could not be closed; the quota keeps everyone out', { ...reasonOf(error) });
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

/** Everything at once, as the undo of a suspension. */
export async function letIn(steps: Steps, project: ProjectStep): Promise<void> {
  await restoreQuota(steps, project);
  await steps.openLogin(project);
  await steps.verifyAppRole(project);
}

/** Everything at once, as the undo of a resumption. Answers what the tenant's own role is told at the door. */
export async function shutOut(steps: Steps, project: ProjectStep): Promise<string> {
  await putToSleep(steps, project);
  await tryToCloseLogin(steps, project);
  await lowerQuota(steps, project);
  await putToSleep(steps, project);
  return steps.verifyShutOut(project);
}
