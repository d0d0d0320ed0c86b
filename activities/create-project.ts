import { cancellationSignal } from '@temporalio/activity';
import { createOnce, type ProjectCreated } from './create-once.js';
import type { Dependencies } from './dependencies.js';
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
      timings: step.timings,
      signal: cancellationSignal(),
      request: () => projectRequest(known.projectName, knownPlan(fleet, known.plan)),
      ledger: {
        known,
        markPosted: () => catalog.tenants.markCreatePosted(writer),
        clearPosted: (outcome) => catalog.tenants.clearCreatePosted(writer, outcome),
        recordCreated: (projectId, owner) => catalog.recordCreated(writer, projectId, owner),
        recordFound: (projectId) => catalog.tenants.recordProject(writer, projectId),
      },
    });
  };
}
