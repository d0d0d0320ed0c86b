import { z } from 'zod';
import { conflict, notEmulated, unprocessable } from '../../errors.js';
import type { Neon } from '../../neon.js';
import { put } from '../../state/changes.js';
import { defined } from '../../state/defined.js';
import { newId } from '../../state/ids.js';
import { newEndpoint } from '../../state/make.js';
import { branchById, projectOf, writerOf } from '../find.js';
import * as input from '../input.js';
import { type Call, created, parse, type Reply } from '../route.js';
import { endpointView } from '../views/endpoint.js';
import { operationView } from '../views/operation.js';

/** What may be said of an endpoint, at its creation and later. */
export const endpointFields = z.object({
  autoscaling_limit_min_cu: input.computeUnits.optional(),
  autoscaling_limit_max_cu: input.computeUnits.optional(),
  settings: input.endpointSettings.optional(),
  pooler_enabled: z.boolean().optional(),
  disabled: z.boolean().optional(),
  passwordless_access: z.boolean().optional(),
  suspend_timeout_seconds: input.suspendTimeout.optional(),
  name: z.string().min(1).max(64).optional(),
});

const request = z.object({
  endpoint: endpointFields.extend({ branch_id: input.id, type: z.enum(['read_only', 'read_write']) }),
});

export async function createEndpoint(call: Call, neon: Neon): Promise<Reply> {
  const project = projectOf(call, neon);
  const { branch_id, type, ...fields } = parse(request, call.body).endpoint;
  if (type === 'read_only') throw notEmulated('a read-only endpoint');
  const id = newId.endpoint();
  return neon.gateway.withPort(id, (port) => {
    const branch = branchById(project, branch_id, neon);
    if (!['ready', 'archived'].includes(branch.current_state)) throw unprocessable('branch not ready yet');
    if (writerOf(branch, neon) !== undefined)
      throw conflict(`read_write endpoint already exists; branch_id:"${branch.id}"`);
    const endpoint = newEndpoint(project, branch, { ...defined(fields), id, port });
    const operations = neon.engine.begin(
      project.id,
      [{ action: 'start_compute', branch_id: branch.id, endpoint_id: id }],
      [put('endpoint', endpoint)],
      call.fateOf,
    );
    return created({
      endpoint: endpointView(endpoint, project, neon),
      operations: operations.map(operationView),
    });
  });
}
