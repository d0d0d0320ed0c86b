import type { Neon } from '../../neon.js';
import type { Operation } from '../../state/records.js';
import { endpointOf, projectOf } from '../find.js';
import { type Call, ok, type Reply } from '../route.js';
import { endpointView } from '../views/endpoint.js';
import { operationView } from '../views/operation.js';

/** The endpoint as it is now, and what is under way. */
export function endpointReply(call: Call, neon: Neon, operations: readonly Operation[]): Reply {
  return ok({
    endpoint: endpointView(endpointOf(call, neon), projectOf(call, neon), neon),
    operations: operations.map(operationView),
  });
}
