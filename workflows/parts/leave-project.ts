import { log, TemporalFailure } from '@temporalio/workflow';
import type { ProjectInput } from '../../activities/tenant-input.js';
import type { Activities } from '../frame/activities.js';
import { reasonOf } from '../frame/failure-reason.js';
import { orFromOutside } from './shut-out.js';

/**
 * Closes the project that a tenant was moved away from to its own role; the sweep deletes it when its time is up. Where it
 * cannot be closed, it still refuses writes; that is noted, and no more.
 */
export async function leaveProject(activities: Activities, project: ProjectInput): Promise<void> {
  try {
    await orFromOutside(activities, project, () => activities.closeProject(project));
  } catch (error) {
    if (!(error instanceof TemporalFailure)) throw error;
    const { message } = reasonOf(error);
    log.warn('the former project could not be closed', { message });
  }
}
