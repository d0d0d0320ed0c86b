import { cancellationSignal } from '@temporalio/activity';
import { createOnce, type ProjectCreated } from './create-once.js';
import type { Dependencies } from './dependencies.js';
import { refuseUnasked } from './foreign-project.js';
import { knownPlan } from './known-plan.js';
import { knownTenant } from './known-tenant.js';
import { projectRequest } from './project-request.js';
import { type TenantStep, writerOf } from './tenant-step.js';

export type { ProjectCreated } from './create-once.js';

/** Makes the tenant's project, once. */
export function createProject({ neon, catalog, fleet }: Dependencies) {
  return async (step: TenantStep): Promise<ProjectCreated> => {
    const writer = writerOf(step);
    const known = await knownTenant(catalog, step.tenant);
    return createOnce({
      neon,
      compare: (project, asked) => refuseUnasked({ neon, catalog }, step.tenant, project, asked),
      timings: step.timings,
      signal: cancellationSignal(),
      request: () => projectRequest(known.projectName, knownPlan(fleet, known.plan)),
      ledger: {
        known,
        markPosted: (region) => catalog.tenants.markCreatePosted(writer, region),
        clearPosted: (outcome) => catalog.tenants.clearCreatePosted(writer, outcome),
        recordCreated: (projectId, owner) => catalog.recordCreated(writer, projectId, owner),
        recordFound: (projectId) => catalog.tenants.recordProject(writer, projectId),
      },
    });
  };
}
