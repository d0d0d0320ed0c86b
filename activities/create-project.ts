import { cancellationSignal } from '@temporalio/activity';
import type { Tenant, Writer } from '../catalog/tenant.js';
import { isNeonError } from '../neon/neon-error.js';
import { createProject as postProject } from '../neon/projects.js';
import { failure } from '../tenancy/failures.js';
import type { Dependencies } from './dependencies.js';
import { knownPlan } from './known-plan.js';
import { knownTenant } from './known-tenant.js';
import { lookForProjects } from './look-for-project.js';
import { projectRequest } from './project-request.js';
import { type TenantStep, writerOf } from './tenant-step.js';

export interface ProjectCreated {
  readonly projectId: string;
  /** The operations that the create started; none are named when its reply was lost. */
  readonly operationIds: readonly string[];
  /** The owner's connection string is sealed in the catalog. It is not when the reply that held it was lost. */
  readonly ownerKnown: boolean;
  /** More than one create was sent that Neon did not certainly refuse, so there may be more than one project. */
  readonly createdAgain: boolean;
}

/**
 * Makes the tenant's project, once. Neon has no idempotency key, so the catalog notes each create before it is sent,
 * and an attempt that finds such a note looks before it acts. Every attempt makes one call to Neon at most.
 */
export function createProject(dependencies: Dependencies) {
  return async (step: TenantStep): Promise<ProjectCreated> => {
    const writer = writerOf(step);
    const tenant = await knownTenant(dependencies.catalog, step.tenant);
    if (tenant.projectId !== undefined) return adopted(tenant, tenant.projectId);
    if (tenant.createPostedAt !== undefined) return adopt(dependencies, step, writer, tenant);
    return post(dependencies, writer, tenant);
  };
}

async function post(
  { neon, catalog, fleet }: Dependencies,
  writer: Writer,
  tenant: Tenant,
): Promise<ProjectCreated> {
  const plan = knownPlan(fleet, tenant.plan);
  await catalog.tenants.markCreatePosted(writer);
  try {
    const created = await postProject(neon, projectRequest(tenant.projectName, plan), cancellationSignal());
    const [owner] = created.connection_uris;
    if (owner === undefined) throw new Error('a reply without a connection passed its schema');
    await catalog.recordCreated(writer, created.project.id, owner.connection_uri);
    return {
      projectId: created.project.id,
      operationIds: created.operations.map(({ id }) => id),
      ownerKnown: true,
      // This one is not counted yet in the row that was read before it.
      createdAgain: tenant.createPosts > 0,
    };
  } catch (error) {
    if (isNeonError(error) && !mayHaveCreated.has(error.type)) {
      await catalog.tenants.clearCreatePosted(writer, 'refused');
    }
    throw error;
  }
}

/** Answers after which a project may exist all the same. */
const mayHaveCreated: ReadonlySet<string> = new Set(['NeonOutcomeUnknown', 'NeonContractViolation']);

async function adopt(
  { neon, catalog }: Dependencies,
  { timings }: TenantStep,
  writer: Writer,
  tenant: Tenant,
): Promise<ProjectCreated> {
  const found = await lookForProjects(neon, tenant, timings, cancellationSignal());
  const [oldest] = found;
  if (oldest === undefined) {
    await catalog.tenants.clearCreatePosted(writer, 'not-seen');
    throw failure(
      'NeonCreateNotSeen',
      `no project "${tenant.projectName}" came of the create whose answer was lost; creating it again`,
      { retryAfterMs: 1 },
    );
  }
  await catalog.tenants.recordProject(writer, oldest.id);
  return adopted(tenant, oldest.id, found.length);
}

function adopted(tenant: Tenant, projectId: string, found = 1): ProjectCreated {
  return {
    projectId,
    operationIds: [],
    ownerKnown: false,
    createdAgain: tenant.createPosts > 1 || found > 1,
  };
}
