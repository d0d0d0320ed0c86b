import { notFound } from '../errors.js';
import type { Neon } from '../neon.js';
import type { Branch, Database, Endpoint, Project, Role } from '../state/records.js';
import { maySee } from './callers.js';
import type { Call } from './route.js';

/*
 * From path parameters to records. Each throws a NeonError 404 that names what is missing.
 */

export function projectOf({ params, caller }: Call, { store }: Neon): Project {
  const project = store.of.project.get(params.project_id ?? '');
  if (project === undefined || project.deleted_at !== undefined || !maySee(caller, project))
    throw notFound('project not found');
  return project;
}

export function branchOf(call: Call, neon: Neon): Branch {
  return branchById(projectOf(call, neon), call.params.branch_id, neon);
}

export function branchById(project: Project, id: string | undefined, { store }: Neon): Branch {
  const branch = store.of.branch.get(id ?? '');
  if (branch?.project_id !== project.id) throw notFound(`branch not found; branch_id:"${id}"`);
  return branch;
}

export function defaultBranchOf(project: Project, { store }: Neon): Branch {
  const branch = store.of.branch.in(project.id).find((candidate) => candidate.default);
  if (branch === undefined) throw notFound('branch not found');
  return branch;
}

export function endpointOf(call: Call, neon: Neon): Endpoint {
  return endpointById(projectOf(call, neon), call.params.endpoint_id, neon);
}

export function endpointById(project: Project, id: string | undefined, { store }: Neon): Endpoint {
  const endpoint = store.of.endpoint.get(id ?? '');
  if (endpoint?.project_id !== project.id) throw notFound(`endpoint not found; endpoint_id:"${id}"`);
  return endpoint;
}

export function writerOf(branch: Branch, { store }: Neon): Endpoint | undefined {
  return store.of.endpoint
    .in(branch.project_id)
    .find((endpoint) => endpoint.branch_id === branch.id && endpoint.type === 'read_write');
}

/** Names are unique within a branch, so a branch and a name are the id of a role or a database. */
export const nameId = (branch: Branch, name: string) => `${branch.id}/${name}`;

export function roleNamed(branch: Branch, name: string, { store }: Neon): Role {
  const role = store.of.role.get(nameId(branch, name));
  if (role === undefined) throw notFound(`role not found for branch; role_name:"${name}"`);
  return role;
}

export function databaseNamed(branch: Branch, name: string, { store }: Neon): Database {
  const database = store.of.database.get(nameId(branch, name));
  if (database === undefined) throw notFound(`database not found for branch; database_name:"${name}"`);
  return database;
}
