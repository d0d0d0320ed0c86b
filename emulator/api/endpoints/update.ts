import { z } from 'zod';
import { notEmulated } from '../../errors.js';
import type { Neon } from '../../neon.js';
import type { Step } from '../../operations/step.js';
import { update } from '../../state/changes.js';
import { defined } from '../../state/defined.js';
import { configure } from '../configure.js';
import { branchById, endpointOf, projectOf } from '../find.js';
import * as input from '../input.js';
import { type Call, parse, type Reply } from '../route.js';
import { endpointFields } from './create.js';
import { endpointReply } from './reply.js';

const request = z.object({ endpoint: endpointFields.extend({ branch_id: input.id.optional() }) });

export function updateEndpoint(call: Call, neon: Neon): Reply {
  const project = projectOf(call, neon);
  const endpoint = endpointOf(call, neon);
  const { branch_id, ...fields } = parse(request, call.body).endpoint;
  if (branch_id !== undefined && branch_id !== endpoint.branch_id)
    throw notEmulated('moving an endpoint to another branch');
  const branch = branchById(project, endpoint.branch_id, neon);
  const suspend: Step = { action: 'suspend_compute', branch_id: branch.id, endpoint_id: endpoint.id };
  const operations = neon.engine.begin(
    project.id,
    fields.disabled === true && endpoint.current_state === 'active' ? [suspend] : configure(branch, neon),
    [update('endpoint', endpoint, defined(fields))],
    call.fateOf,
  );
  neon.idle.rearm(endpoint.id);
  return endpointReply(call, neon, operations);
}
