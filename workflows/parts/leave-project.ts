import { log, TemporalFailure } from '@temporalio/workflow';
import type { ProjectStep } from '../../activities/tenant-step.js';
import { reasonOf } from '../frame/failure-reason.js';
import type { Steps } from '../frame/steps.js';
import { orFromOutside } from './shut-out.js';

/**
 * Closes the project that a tenant was moved away from to its own role; the sweep deletes it when its time is up. Where it
 * cannot be closed, it still refuses writes; that is noted, and no more.
 */
export async function leaveProject(steps: Steps, project: ProjectStep): Promise<void> {
  try {
    await orFromOutside(steps, project, () => steps.closeProject(project));
  } catch (error) {
    if (!(error instanceof TemporalFailure)) throw error;
    const { message } = reasonOf(error);
    log.warn('the former project could not be closed', { message });
  }
}
