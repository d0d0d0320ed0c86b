import type { ProjectStep } from '../../activities/tenant-step.js';
import type { Steps } from '../frame/steps.js';

/** Waits for the operations that a change started at Neon, if it started any. */
export async function settled(
  steps: Steps,
  project: ProjectStep,
  operationIds: readonly string[],
): Promise<void> {
  if (operationIds.length > 0) await steps.awaitOperations({ ...project, operationIds });
}
