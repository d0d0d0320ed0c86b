import type { ProjectInput } from '../../activities/tenant-input.js';
import type { Activities } from '../frame/activities.js';
import { endingWith } from '../frame/failure-reason.js';
import { waitForNamed } from './wait-for-neon.js';

/*
 * How a project without a tenant is treated. The catalog records each step before it is done, and each step
 * can be repeated.
 */

/**
 * Quarantines a project: nobody can wake it, and its quarantine period begins. Fails if the project is no
 * longer one to delete.
 */
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

/**
 * Restores the project's quota, and first recovers the project if it was deleted. Tenantry does not touch it
 * from here on.
 */
export async function releaseQuarantined(activities: Activities, project: ProjectInput): Promise<void> {
  await waitForNamed(activities, project, await activities.releaseQuarantined(project));
}
