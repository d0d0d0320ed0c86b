import type { ProjectInput } from '../../activities/tenant-input.js';
import type { Activities } from '../frame/activities.js';

/** Waits for the operations that a change started at Neon, if it started any. */
export async function waitForNamed(
  activities: Activities,
  project: ProjectInput,
  operationIds: readonly string[],
): Promise<void> {
  if (operationIds.length > 0) await activities.awaitOperations({ ...project, operationIds });
}

/**
 * Waits for the operations of a change that must have started some. If a lost reply named none, waits for everything that is
 * under way; the caller then has to check whether the change was made.
 */
export async function waitForAll(
  activities: Activities,
  project: ProjectInput,
  operationIds: readonly string[],
): Promise<void> {
  if (operationIds.length > 0) await activities.awaitOperations({ ...project, operationIds });
  else await activities.awaitIdle(project);
}
