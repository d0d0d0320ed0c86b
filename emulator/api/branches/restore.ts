import { z } from 'zod';
import { badRequest, unprocessable } from '../../errors.js';
import type { Neon } from '../../neon.js';
import type { Step } from '../../operations/step.js';
import { put, update } from '../../state/changes.js';
import { newId } from '../../state/ids.js';
import { newBranch } from '../../state/make.js';
import type { Branch, Project } from '../../state/records.js';
import type { Change } from '../../state/store.js';
import { branchById, branchOf, projectOf, writerOf } from '../find.js';
import * as input from '../input.js';
import { type Call, parse, type Reply } from '../route.js';
import { inheritance } from './inheritance.js';
import { lsn, momentOf, refuseOutOfReach, timestamp } from './moment.js';
import { refuseTakenName } from './names.js';
import { branchReply } from './update.js';

const request = z.object({
  source_branch_id: input.id,
  source_lsn: lsn.optional(),
  source_timestamp: timestamp.optional(),
  preserve_under_name: z.string().max(256).optional(),
});

/** The branch keeps its id, its endpoint and its connection strings; what it held goes to a new one when asked for. */
export async function restoreBranch(call: Call, neon: Neon): Promise<Reply> {
  const asked = parse(request, call.body);
  const project = projectOf(call, neon);
  const moment = momentOf(asked.source_timestamp, asked.source_lsn);
  const source = branchById(project, asked.source_branch_id, neon);
  await refuseOutOfReach(moment, source, project, neon);

  // Whatever was looked up before may have changed while the history was asked.
  const branch = branchOf(call, neon);
  const name = asked.preserve_under_name || undefined;
  refuseUnfit(branch, source);
  const toItself = source.id === branch.id;
  if (toItself && moment === undefined) throw badRequest('source_timestamp or source_lsn is required');
  if (name === undefined && (toItself || childrenOf(branch, neon).length > 0))
    throw badRequest('preserve_under_name is required');
  if (name !== undefined) refuseTakenName(project, name, neon);

  const preserved = name === undefined ? undefined : preservedAs(name, branch, project);
  const sourceId = toItself && preserved !== undefined ? preserved.id : source.id;
  const operations = neon.engine.begin(
    project.id,
    steps(branch, neon),
    [
      update('branch', branch, {
        current_state: 'resetting',
        pending_state: 'ready',
        dataId: newId.branch(),
        making: { sourceId, ...(moment && { moment }) },
        formerly: { dataId: branch.dataId, parent_id: branch.parent_id, preservedAs: preserved?.id },
        ...(branch.parent_id !== undefined && { parent_id: sourceId }),
      }),
      ...(preserved === undefined ? [] : keep(preserved, branch, neon)),
    ],
    call.fateOf,
  );
  return branchReply(call, neon, operations);
}

function refuseUnfit(branch: Branch, source: Branch): void {
  if (branch.current_state !== 'ready' || source.current_state !== 'ready')
    throw unprocessable('branch not ready yet');
  if (branch.protected) throw unprocessable('a protected branch cannot be restored');
}

function childrenOf(branch: Branch, { store }: Neon): Branch[] {
  return store.of.branch.in(branch.project_id).filter(({ parent_id }) => parent_id === branch.id);
}

/** A root stays a root, and so does what it was. A child is from now on the child of what it was. */
function preservedAs(name: string, branch: Branch, project: Project): Branch {
  return newBranch(project, {
    name,
    default: false,
    current_state: 'ready',
    pending_state: undefined,
    parent_id: branch.parent_id,
    parent_lsn: branch.parent_lsn,
    parent_timestamp: branch.parent_timestamp,
    init_source: branch.init_source,
    dataId: branch.dataId ?? branch.id,
  });
}

function keep(preserved: Branch, branch: Branch, neon: Neon): Change[] {
  const { roles, databases } = inheritance(branch, preserved, neon);
  return [
    put('branch', preserved),
    ...roles.map((role) => put('role', role)),
    ...databases.map((database) => put('database', database)),
    ...childrenOf(branch, neon).map((child) => update('branch', child, { parent_id: preserved.id })),
  ];
}

function steps(branch: Branch, neon: Neon): Step[] {
  const endpoint = writerOf(branch, neon);
  const restore: Step = { action: 'create_branch', task: 'restore_branch', branch_id: branch.id };
  if (endpoint?.current_state !== 'active') return [restore];
  const on = { branch_id: branch.id, endpoint_id: endpoint.id };
  return [{ action: 'suspend_compute', ...on }, restore, { action: 'start_compute', ...on }];
}
