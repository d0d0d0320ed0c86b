import { notFound } from '../../errors.js';
import type { Neon } from '../../neon.js';
import { drop, put } from '../../state/changes.js';
import type { Branch } from '../../state/records.js';
import { projectOf } from '../find.js';
import { type Call, ok, type Reply } from '../route.js';
import { branchView } from '../views/branch.js';
import { endpointView } from '../views/endpoint.js';
import { refuseTakenName } from './names.js';

/** As it was, at rest, and for good: an end that was set is not set again. Its ports have been kept for it. */
export function recoverBranch(call: Call, neon: Neon): Reply {
  const project = projectOf(call, neon);
  const deleted = neon.store.of.deletedBranch.get(call.params.branch_id ?? '');
  if (deleted?.project_id !== project.id) throw notFound('recoverable branch not found');
  refuseTakenName(project, deleted.branch.name, neon);
  const parent = neon.store.of.branch.get(deleted.branch.parent_id ?? '');
  const branch: Branch = {
    ...deleted.branch,
    parent_id: parent?.id,
    deleting: undefined,
    deletion: undefined,
    expires_at: undefined,
    ttl_interval_seconds: undefined,
  };
  const endpoints = deleted.endpoints.map((endpoint) => ({
    ...endpoint,
    current_state: 'idle' as const,
    pending_state: undefined,
  }));
  neon.engine.begin(
    project.id,
    [],
    [
      drop('deletedBranch', deleted.id),
      put('branch', branch),
      ...endpoints.map((endpoint) => put('endpoint', endpoint)),
      ...deleted.roles.map((role) => put('role', role)),
      ...deleted.databases.map((database) => put('database', database)),
    ],
  );
  return ok({
    branch: branchView(branch),
    endpoints: endpoints.map((endpoint) => endpointView(endpoint, project, neon)),
  });
}
