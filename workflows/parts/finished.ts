import type { ProjectStep } from '../../activities/tenant-step.js';
import type { Steps } from '../frame/steps.js';

/**
 * Waits for the operations of a change that must have started some. Where a lost reply left none named, waits for all
 * that is under way: whether the change was made is then to be looked at.
 */
export async function finished(
  steps: Steps,
  project: ProjectStep,
  operationIds: readonly string[],
): Promise<void> {
  if (operationIds.length > 0) await steps.awaitOperations({ ...project, operationIds });
  else await steps.awaitIdle(project);
}
