import { z } from 'zod';
import { unprocessable } from '../../errors.js';
import type { Neon } from '../../neon.js';
import { beginDeleteBranch } from '../../operations/delete-branch.js';
import { drop } from '../../state/changes.js';
import type { Branch } from '../../state/records.js';
import { projectOf } from '../find.js';
import * as input from '../input.js';
import { type Call, nothing, parse, type Reply } from '../route.js';
import { branchReply } from './update.js';

const deleteQuery = z.object({ hard_delete: input.flag.default(false) });

export async function deleteBranch(call: Call, neon: Neon): Promise<Reply> {
  const { hard_delete } = parse(deleteQuery, call.query);
  const project = projectOf(call, neon);
  const branch = neon.store.of.branch.get(call.params.branch_id ?? '');
  if (branch?.project_id !== project.id) {
    if (hard_delete) await purge(call.params.branch_id ?? '', project.id, neon);
    return nothing;
  }
  refuseNeeded(branch, neon);
  const operations = beginDeleteBranch(branch, neon, {
    fateOf: call.fateOf,
    ...(!hard_delete && { deletion: { method: 'user', recoverableUntil: recoverableUntil(neon) } }),
  });
  return branchReply(call, neon, operations);
}

function recoverableUntil({ timings }: Neon): string {
  return new Date(Date.now() + timings.recoveryWindow).toISOString();
}

/** Of a branch that could still be recovered, nothing is left. */
async function purge(branchId: string, projectId: string, { store, computes }: Neon): Promise<void> {
  const deleted = store.of.deletedBranch.get(branchId);
  if (deleted?.project_id !== projectId) return;
  await computes.destroyData(deleted.branch);
  store.commit([drop('deletedBranch', branchId)]);
}

function refuseNeeded(branch: Branch, { store }: Neon): void {
  const others = store.of.branch.in(branch.project_id).filter(({ id }) => id !== branch.id);
  if (branch.default) throw unprocessable('cannot delete the default branch');
  if (branch.parent_id === undefined && others.every(({ parent_id }) => parent_id !== undefined))
    throw unprocessable('cannot delete the root branch');
  if (branch.protected) throw unprocessable('cannot delete a protected branch');
  if (others.some(({ parent_id }) => parent_id === branch.id))
    throw unprocessable('cannot delete a branch that has children');
}
