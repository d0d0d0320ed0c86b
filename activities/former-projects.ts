import type { Dependencies } from './dependencies.js';
import type { TenantStep } from './tenant-step.js';

/** The ids of the projects that the tenant has moved out of and that are still kept. */
export function formerProjects({ catalog }: Dependencies) {
  return async ({ tenant }: TenantStep): Promise<string[]> => {
    const former = await catalog.resources.list(tenant, 'former-project');
    return former.map(({ projectId }) => projectId);
  };
}
