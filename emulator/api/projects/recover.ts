import { notFound } from '../../errors.js';
import type { Neon } from '../../neon.js';
import { update } from '../../state/changes.js';
import { maySee, refuseProjectKey } from '../callers.js';
import { projectOf } from '../find.js';
import { type Call, ok, type Reply } from '../route.js';
import { branchView } from '../views/branch.js';
import { projectView } from '../views/project.js';

/** Everything is as it was, connection strings included; the compute starts with the next connection. */
export function recoverProject(call: Call, neon: Neon): Reply {
  refuseProjectKey(call.caller);
  const deleted = neon.store.of.project.get(call.params.project_id ?? '');
  if (deleted?.deleted_at === undefined || !maySee(call.caller, deleted))
    throw notFound('recoverable project not found');
  neon.store.commit([update('project', deleted, { deleted_at: undefined, recoverable_until: undefined })]);
  neon.graveyard.forget(deleted.id);
  const project = projectOf(call, neon);
  return ok({
    project: projectView(project),
    branches: neon.store.of.branch.in(project.id).map(branchView),
  });
}
