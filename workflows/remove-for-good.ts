import type { TenantStep } from '../activities/tenant-step.js';
import { removeProjects } from './remove-projects.js';
import type { Steps } from './steps.js';

/** Deletes all that Neon has of the tenant: the projects that it has moved out of too. Answers what it deleted. */
export async function removeForGood(steps: Steps, told: TenantStep): Promise<string[]> {
  const former = await steps.formerProjects(told);
  for (const projectId of former) await steps.deleteProject({ ...told, projectId });
  return [...new Set([...former, ...(await removeProjects(steps, told))])];
}
