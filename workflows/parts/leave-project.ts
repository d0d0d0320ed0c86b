import { log, TemporalFailure } from '@temporalio/workflow';
import type { ProjectInput } from '../../activities/tenant-input.js';
import type { Activities } from '../frame/activities.js';
import { reasonOf } from '../frame/failure-reason.js';
import { orFromOutside } from './shut-out.js';

/**
 * After a move, closes the former project to the tenant's own role; the sweep deletes the project once its
 * time is up. If it cannot be closed, it still refuses writes, and the failure is only logged.
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
