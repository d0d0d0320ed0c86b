import { unprocessable } from '../../errors.js';
import type { Neon } from '../../neon.js';
import type { Step } from '../../operations/step.js';
import { update } from '../../state/changes.js';
import type { Branch } from '../../state/records.js';
import { projectOf } from '../find.js';
import { type Call, nothing, type Reply } from '../route.js';
import { branchReply } from './update.js';

/** Its computes are suspended and go with it; the list shows the branch until its operations end. */
export function deleteBranch(call: Call, neon: Neon): Reply {
  const project = projectOf(call, neon);
  const branch = neon.store.of.branch.get(call.params.branch_id ?? '');
  if (branch?.project_id !== project.id) return nothing;
  refuseNeeded(branch, neon);
  const endpoints = neon.store.of.endpoint
    .in(project.id)
    .filter((endpoint) => endpoint.branch_id === branch.id);
  const suspensions: Step[] = endpoints.map((endpoint) => ({
    action: 'suspend_compute',
    branch_id: branch.id,
    endpoint_id: endpoint.id,
  }));
  const operations = neon.engine.begin(
    project.id,
    [...suspensions, { action: 'delete_timeline', branch_id: branch.id }],
    [
      update('branch', branch, { deleting: true }),
      ...endpoints.map((endpoint) => update('endpoint', endpoint, { deleting: true, pending_state: 'idle' })),
    ],
    call.fateOf,
  );
  return branchReply(call, neon, operations);
}

function refuseNeeded(branch: Branch, { store }: Neon): void {
  if (branch.default) throw unprocessable('cannot delete the default branch');
  if (branch.parent_id === undefined) throw unprocessable('cannot delete a root branch');
  if (branch.protected) throw unprocessable('cannot delete a protected branch');
  if (store.of.branch.in(branch.project_id).some((child) => child.parent_id === branch.id))
    throw unprocessable('cannot delete a branch that has children');
}
