import type { FoundBranch } from '../../activities/neon/find-branches.js';
import type { ProjectStep } from '../../activities/tenant-step.js';
import { endingWith } from '../frame/failure-reason.js';
import type { Steps } from '../frame/steps.js';

/** The branch that the tenant's database is on. Neon is asked each time: a restored snapshot is on another one. */
export async function liveBranch(steps: Steps, project: ProjectStep): Promise<FoundBranch> {
  const live = (await steps.findBranches(project)).find(({ isDefault }) => isDefault);
  if (live !== undefined) return live;
  const message = `Neon lists no default branch of project ${project.projectId}`;
  throw endingWith({ type: 'NeonNotFound', message });
}
