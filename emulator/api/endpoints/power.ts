import { unprocessable } from '../../errors.js';
import type { Neon } from '../../neon.js';
import type { Step } from '../../operations/step.js';
import { update } from '../../state/changes.js';
import type { Endpoint } from '../../state/records.js';
import { endpointOf } from '../find.js';
import type { Call, Reply } from '../route.js';
import { endpointReply } from './reply.js';

/*
 * Start, suspend, restart. What is so already needs no operation, and the reply then lists none.
 */

export function startEndpoint(call: Call, neon: Neon): Reply {
  const endpoint = endpointOf(call, neon);
  if (endpoint.disabled) throw unprocessable('endpoint is disabled');
  return turn(call, neon, endpoint, 'active', endpoint.current_state === 'active' ? [] : ['start_compute']);
}

export function suspendEndpoint(call: Call, neon: Neon): Reply {
  const endpoint = endpointOf(call, neon);
  return turn(call, neon, endpoint, 'idle', endpoint.current_state === 'active' ? ['suspend_compute'] : []);
}

export function restartEndpoint(call: Call, neon: Neon): Reply {
  const endpoint = endpointOf(call, neon);
  if (endpoint.current_state !== 'active') throw unprocessable('endpoint is not active');
  return turn(call, neon, endpoint, 'active', ['suspend_compute', 'start_compute']);
}

function turn(
  call: Call,
  neon: Neon,
  endpoint: Endpoint,
  pending_state: 'active' | 'idle',
  actions: readonly Step['action'][],
): Reply {
  const steps = actions.map((action) => ({
    action,
    branch_id: endpoint.branch_id,
    endpoint_id: endpoint.id,
  }));
  const changes = steps.length === 0 ? [] : [update('endpoint', endpoint, { pending_state })];
  return endpointReply(call, neon, neon.engine.begin(endpoint.project_id, steps, changes, call.fateOf));
}
