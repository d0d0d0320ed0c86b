import type { TenantInput } from '../../activities/tenant-input.js';
import type { ProjectRole } from '../../tenancy/project-role.js';
import type { Activities } from '../frame/activities.js';
import { growingWait } from './growing-wait.js';

/** Every project that a tenant can have at Neon. */
export const allProjects = ['live', 'next', 'former'] as const satisfies readonly ProjectRole[];

/**
 * Deletes the tenant's projects of these roles, and its other condemned projects. Returns the ids that it
 * deleted, without those that were already gone.
 */
export async function removeProjects(
  activities: Activities,
  held: TenantInput,
  roles: readonly ProjectRole[],
): Promise<string[]> {
  const deleted: string[] = [];
  for (const name of await activities.condemnProjects({ ...held, roles }))
    deleted.push(...(await removeNamed(activities, held, name)));
  return deleted;
}

/**
 * Deletes every project of a name, and looks again until Neon has none left: deleted means deleted. With a
 * project to keep, deletes only the duplicates that lost creates left behind. Returns the ids that it
 * deleted, without those that were already gone.
 */
export async function removeNamed(
  activities: Activities,
  held: TenantInput,
  name: string,
  keep?: string,
): Promise<string[]> {
  const deleted = new Set<string>();
  const wait = growingWait(activities, 'Neon has none of the deleted projects left');
  for (;;) {
    const found = (await activities.findProjects({ ...held, name })).filter(
      (projectId) => projectId !== keep,
    );
    if (found.length === 0) break;
    for (const projectId of found) {
      const outcome = await activities.deleteProject({ ...held, projectId });
      if (outcome !== 'gone before') deleted.add(projectId);
    }
    await wait();
  }
  await activities.settleProject({ ...held, name });
  return [...deleted];
}
