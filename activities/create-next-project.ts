import { cancellationSignal } from '@temporalio/activity';
import { nextProjectName } from '../tenancy/naming.js';
import { createOnce, type ProjectCreated } from './create-once.js';
import type { Dependencies } from './dependencies.js';
import { refuseUnasked } from './foreign-project.js';
import { knownPlan } from './known-plan.js';
import { knownSide } from './known-side.js';
import { knownTenant } from './known-tenant.js';
import { projectRequest } from './project-request.js';
import { type TenantStep, writerOf } from './tenant-step.js';

/** The name of the project that this run makes, noted before anything is asked of Neon. */
export function intendNextProject({ catalog, fleet }: Dependencies) {
  return async (step: TenantStep): Promise<string> => {
    const { id, runId } = writerOf(step);
    const name = nextProjectName(fleet.name, id, await catalog.installation(), runId);
    await catalog.sideProjects.intend(step.tenant, name);
    return name;
  };
}

/** Makes the project that the tenant is moved to, once: as its plan has it, with the names of the present one. */
export function createNextProject({ neon, catalog, fleet }: Dependencies) {
  return async ({
    tenant,
    timings,
    name,
    region,
  }: TenantStep & { readonly name: string; readonly region?: string }): Promise<ProjectCreated> => {
    const { plan, databaseName, ownerRole } = await knownTenant(catalog, tenant);
    const known = await knownSide(catalog, tenant, 'next-project', name);
    return createOnce({
      neon,
      compare: (project, asked) => refuseUnasked({ neon, catalog }, tenant, project, asked),
      timings,
      signal: cancellationSignal(),
      request() {
        const request = projectRequest(name, knownPlan(fleet, plan));
        return {
          ...request,
          ...(region === undefined ? {} : { region_id: region }),
          branch: { ...request.branch, database_name: databaseName, role_name: ownerRole },
        };
      },
      ledger: {
        known,
        markPosted: (asked) => catalog.sideProjects.markCreatePosted(tenant, name, asked),
        clearPosted: (outcome) => catalog.sideProjects.clearCreatePosted(tenant, name, outcome),
        recordCreated: (projectId, owner) =>
          catalog.sideProjects.recordProject(tenant, name, projectId, owner),
        recordFound: (projectId) => catalog.sideProjects.recordProject(tenant, name, projectId),
      },
    });
  };
}
