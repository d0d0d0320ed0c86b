import type { TenantStep } from '../../activities/tenant-step.js';
import type { ProjectRole } from '../../tenancy/project-role.js';
import type { Steps } from '../frame/steps.js';
import { growingWait } from './growing-wait.js';

/** Everything that a tenant can have at Neon. */
export const allProjects = ['live', 'next', 'former'] as const satisfies readonly ProjectRole[];

/** Deletes the tenant's projects of these roles, and whatever of its projects is to go besides. Returns what it deleted. */
export async function removeProjects(
  steps: Steps,
  told: TenantStep,
  roles: readonly ProjectRole[],
): Promise<string[]> {
  const deleted: string[] = [];
  for (const name of await steps.condemnProjects({ ...told, roles }))
    deleted.push(...(await removeNamed(steps, told, name)));
  return deleted;
}

/**
 * Deletes what is at Neon under a name, and looks again until Neon has none left: deleted means deleted. With one to keep, only
 * what lost creates have left besides. Returns what it deleted.
 */
export async function removeNamed(
  steps: Steps,
  told: TenantStep,
  name: string,
  keep?: string,
): Promise<string[]> {
  const deleted = new Set<string>();
  const wait = growingWait(steps.timings.retry, 'Neon had none of the projects that were deleted');
  for (;;) {
    const found = (await steps.findProjects({ ...told, name })).filter((projectId) => projectId !== keep);
    if (found.length === 0) break;
    for (const projectId of found) {
      await steps.deleteProject({ ...told, projectId });
      deleted.add(projectId);
    }
    await wait();
  }
  await steps.settleProject({ ...told, name });
  return [...deleted];
}
