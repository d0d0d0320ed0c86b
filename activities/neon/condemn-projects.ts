import type { ProjectRole } from '../../tenancy/project-role.js';
import type { Dependencies } from '../dependencies.js';
import { type TenantInput, writerOf } from '../tenant-input.js';
import type { NamedProject } from './find-projects.js';
import { lookAgain } from './look-again.js';

/**
 * Condemns the tenant's projects of these roles: only condemned projects are ever deleted. Returns the names
 * of all condemned ones. From here on they will be deleted, by this run or by the sweep.
 */
export function condemnProjects({ catalog }: Dependencies) {
  return (input: TenantInput & { readonly roles: readonly ProjectRole[] }): Promise<string[]> =>
    catalog.projects.condemn(writerOf(input), input.roles);
}

/** The names of all projects that the tenant has or had. */
export function projectNames({ catalog }: Dependencies) {
  return async ({ tenant }: TenantInput): Promise<string[]> =>
    (await catalog.projects.list(tenant)).map(({ name }) => name);
}

/** Records that a look found no other project of that name than the recorded one. */
export function settleProject({ catalog, fleet }: Dependencies) {
  return ({ name }: NamedProject): Promise<void> => catalog.projects.settle(name, lookAgain(fleet.timings));
}
