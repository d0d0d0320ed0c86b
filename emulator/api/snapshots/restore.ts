import { z } from 'zod';
import { unprocessable } from '../../errors.js';
import type { Neon } from '../../neon.js';
import type { Step } from '../../operations/step.js';
import { put } from '../../state/changes.js';
import { newId } from '../../state/ids.js';
import { newBranch, newEndpoint } from '../../state/make.js';
import { finalizing } from '../branches/finalize.js';
import { freeName, refuseTakenName } from '../branches/names.js';
import { branchById, projectOf } from '../find.js';
import * as input from '../input.js';
import { type Call, ok, parse, type Reply } from '../route.js';
import { branchView } from '../views/branch.js';
import { endpointView } from '../views/endpoint.js';
import { operationView } from '../views/operation.js';
import { snapshotOf } from './find.js';

const request = z.object({
  name: input.name.optional(),
  target_branch_id: input.id.optional(),
  finalize_restore: z.boolean().default(false),
});

const nameQuery = z.object({ name: input.name.optional() });

/**
 * To a new branch. It takes the target's place at once, or has a compute of its own to be looked at until it is
 * finalized or deleted.
 */
export async function restoreSnapshot(call: Call, neon: Neon): Promise<Reply> {
  const asked = parse(request, call.body);
  const id = newId.endpoint();
  if (asked.finalize_restore) return restore(call, neon, asked);
  return neon.gateway.withPort(id, (port) => restore(call, neon, asked, { id, port }));
}

function restore(
  call: Call,
  neon: Neon,
  asked: z.infer<typeof request>,
  own?: { readonly id: string; readonly port: number },
): Reply {
  const project = projectOf(call, neon);
  const snapshot = snapshotOf(call, neon);
  if (!snapshot.ready || snapshot.deleting) throw unprocessable('snapshot not ready yet');
  const target = branchById(project, asked.target_branch_id ?? snapshot.source_branch_id, neon);
  const name = asked.name ?? parse(nameQuery, call.query).name;
  if (name !== undefined) refuseTakenName(project, name, neon);
  const branch = newBranch(project, {
    name: name ?? freeName(`${target.name} from ${snapshot.name}`.slice(0, 240), project.id, neon),
    default: false,
    making: { sourceId: snapshot.id },
    restore_status: 'restored',
    restored_from: snapshot.id,
    restored_as: target.id,
  });
  const endpoint = own && newEndpoint(project, branch, own);
  const create: Step = { action: 'create_branch', branch_id: branch.id };
  const operations = neon.engine.begin(
    project.id,
    endpoint === undefined
      ? [create, ...finalizing(branch, target, neon)]
      : [create, { action: 'start_compute', branch_id: branch.id, endpoint_id: endpoint.id }],
    [put('branch', branch), ...(endpoint === undefined ? [] : [put('endpoint', endpoint)])],
    call.fateOf,
  );
  return ok({
    branch: branchView(branch),
    endpoints: endpoint === undefined ? [] : [endpointView(endpoint, project, neon)],
    operations: operations.map(operationView),
  });
}
