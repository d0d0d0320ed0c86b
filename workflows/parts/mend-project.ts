import type { ProjectInput } from '../../activities/tenant-input.js';
import type { Activities } from '../frame/activities.js';
import { endingWith } from '../frame/failure-reason.js';
import { waitForNamed } from './wait-for-neon.js';

/*
 * What becomes of a project that no tenant has. It is noted before anything is done to it, and each step can be repeated.
 */

/** Takes it into quarantine: nobody can wake it, and its time begins. Fails where it is not one that is to go any more. */
export async function quarantineProject(activities: Activities, project: ProjectInput): Promise<void> {
  if (!(await activities.takeIntoQuarantine(project))) {
    const message = `project ${project.projectId} is not what it was found to be any more, so it was not touched`;
    throw endingWith({ type: 'TenantStateConflict', message });
  }
  await waitForNamed(activities, project, await activities.shutQuarantined(project));
  for (const endpointId of await activities.findEndpoints(project))
    await waitForNamed(activities, project, await activities.suspendEndpoint({ ...project, endpointId }));
  await activities.noteShut(project);
}

/** Gives it its quota back, recovered first where it was deleted. Nothing of ours touches it from here on. */
export async function releaseQuarantined(activities: Activities, project: ProjectInput): Promise<void> {
  await waitForNamed(activities, project, await activities.releaseQuarantined(project));
}
