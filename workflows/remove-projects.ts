import type { TenantStep } from '../activities/tenant-step.js';
import { growingWait } from './growing-wait.js';
import type { Steps } from './steps.js';

/**
 * Deletes every project that the tenant's creates have made, but the one to keep, and looks again until Neon has none
 * left: deleted means deleted. Projects are found by the tenant's exact name, which no other tenant can have, and on
 * record. Answers what it deleted.
 */
export async function removeProjects(
  { findProjects, deleteProject }: Steps,
  step: TenantStep,
  keep?: string,
): Promise<string[]> {
  const deleted = new Set<string>();
  const wait = growingWait(step.timings.retry, 'Neon had none of the projects that were deleted');
  for (;;) {
    const found = (await findProjects(step)).filter((projectId) => projectId !== keep);
    if (found.length === 0) return [...deleted];
    for (const projectId of found) {
      await deleteProject({ ...step, projectId });
      deleted.add(projectId);
    }
    await wait();
  }
}
