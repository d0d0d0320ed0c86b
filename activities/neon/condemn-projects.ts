import type { ProjectRole } from '../../tenancy/project-role.js';
import type { Dependencies } from '../dependencies.js';
import { type TenantInput, writerOf } from '../tenant-input.js';
import type { NamedProject } from './find-projects.js';
import { lookAgain } from './look-again.js';

/**
 * Makes projects of the tenant's ones that are to go: only such are ever deleted. Returns the names of all that are to go by
 * now. From here on they go, whoever sees to it: this run, or the sweep.
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

/** Notes that a look found none of that name but the one on record. */
export function settleProject({ catalog, fleet }: Dependencies) {
  return ({ name }: NamedProject): Promise<void> => catalog.projects.settle(name, lookAgain(fleet.timings));
}
