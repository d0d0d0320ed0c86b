import type { ProjectStep } from '../activities/tenant-step.js';
import { settled } from './settled.js';
import type { Steps } from './steps.js';

/*
 * A tenant is shut out by two of Neon's own means. The login is closed, and open connections end, while the compute
 * still runs; then the quota keeps the compute from waking for anyone. Each part can be repeated.
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

/** Everything at once, as the undo of a suspension. */
export async function letIn(steps: Steps, project: ProjectStep): Promise<void> {
  await restoreQuota(steps, project);
  await steps.openLogin(project);
  await steps.verifyAppRole(project);
}

/** Everything at once, as the undo of a resumption. Answers what the tenant's own role is told at the door. */
export async function shutOut(steps: Steps, project: ProjectStep): Promise<string> {
  await steps.closeLogin(project);
  await lowerQuota(steps, project);
  await putToSleep(steps, project);
  return steps.verifyShutOut(project);
}
