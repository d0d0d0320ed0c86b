import type { FoundBranch } from '../../activities/neon/find-branches.js';
import type { ProjectInput } from '../../activities/tenant-input.js';
import type { Activities } from '../frame/activities.js';
import { endingWith } from '../frame/failure-reason.js';

/**
 * The branch with the tenant's database. It asks Neon each time, because a restored snapshot is on another
 * branch.
 */
export async function liveBranch(activities: Activities, project: ProjectInput): Promise<FoundBranch> {
  const live = (await activities.findBranches(project)).find(({ isDefault }) => isDefault);
  if (live !== undefined) return live;
  const message = `Neon lists no default branch of project ${project.projectId}`;
  throw endingWith({ type: 'NeonNotFound', message });
}
