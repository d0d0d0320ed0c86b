import { cancellationSignal } from '@temporalio/activity';
import { listDatabases } from '../../neon/databases.js';
import { listEndpoints } from '../../neon/endpoints.js';
import { getProject } from '../../neon/projects.js';
import { failure } from '../../tenancy/failures.js';
import type { Dependencies } from '../dependencies.js';
import { knownPlan } from '../known-plan.js';
import type { ProjectInput } from '../tenant-input.js';

/** Reads the project to adopt from Neon; returns its name. Throws `RequestUnfit` if the plan does not fit. */
export function inspectProject({ neon, fleet }: Dependencies) {
  return async ({ projectId, plan: name }: ProjectInput & { readonly plan: string }): Promise<string> => {
    const plan = knownPlan(fleet, name);
    const project = await getProject(neon, projectId, cancellationSignal());
    const problems = [
      ...(neon.orgId !== undefined && project.org_id != null && project.org_id !== neon.orgId
        ? [`it belongs to another organization of Neon's (${project.org_id})`]
        : []),
      ...(typeof project.deleted_at === 'string' ? ['it is deleted'] : []),
      ...(project.region_id === plan.region
        ? []
        : [`it is in ${project.region_id}, the plan in ${plan.region}`]),
      ...(project.pg_version === plan.postgres
        ? []
        : [`it has Postgres ${project.pg_version}, the plan ${plan.postgres}`]),
    ];
    if (problems.length > 0) throw unfit(projectId, problems.join('; '));
    return project.name;
  };
}

/** Checks that the branch accepts connections: it has a read-write compute. */
export function checkEndpoint({ neon }: Dependencies) {
  return async ({ projectId, branchId }: ProjectInput & { readonly branchId: string }): Promise<void> => {
    const endpoints = await listEndpoints(neon, projectId, cancellationSignal());
    if (endpoints.some(({ type, branch_id }) => type === 'read_write' && branch_id === branchId)) return;
    throw unfit(projectId, 'its default branch has no compute that reads and writes; add one at Neon');
  };
}

export interface AdopteeDatabase {
  readonly database: string;
  readonly owner: string;
}

/** The database to adopt: the named one, or the only one. */
export function findDatabase({ neon }: Dependencies) {
  return async (
    input: ProjectInput & {
      readonly branchId: string;
      readonly database?: string | undefined;
      readonly owner?: string | undefined;
    },
  ): Promise<AdopteeDatabase> => {
    const databases = await listDatabases(neon, input, cancellationSignal());
    const names = databases.map(({ name }) => name).join(', ') || 'none';
    const [found, ...others] = databases.filter(
      ({ name, owner_name }) =>
        (input.database === undefined || name === input.database) &&
        (input.owner === undefined || owner_name === input.owner),
    );
    if (found === undefined) {
      throw unfit(input.projectId, `it has no such database with such an owner; its databases: ${names}`);
    }
    if (others.length > 0) throw unfit(input.projectId, `say which database of it: ${names}`);
    return { database: found.name, owner: found.owner_name };
  };
}

function unfit(projectId: string, why: string) {
  return failure('RequestUnfit', `project ${projectId} cannot be adopted: ${why}`, {
    details: { projectId },
  });
}
