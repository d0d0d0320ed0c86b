import type { Neon } from '../../neon.js';
import { update } from '../../state/changes.js';
import type { Endpoint } from '../../state/records.js';
import { branchOf, endpointOf, projectOf } from '../find.js';
import { type Call, nothing, ok, type Reply, type Route } from '../route.js';
import { endpointView } from '../views/endpoint.js';
import { createEndpoint } from './create.js';
import { restartEndpoint, startEndpoint, suspendEndpoint } from './power.js';
import { endpointReply } from './reply.js';
import { updateEndpoint } from './update.js';

function list(call: Call, neon: Neon, belongs: (endpoint: Endpoint) => boolean): Reply {
  const project = projectOf(call, neon);
  const endpoints = neon.store.of.endpoint
    .in(project.id)
    .filter(belongs)
    .sort((a, b) => (a.created_at < b.created_at ? -1 : 1));
  return ok({ endpoints: endpoints.map((endpoint) => endpointView(endpoint, project, neon)) });
}

function get(call: Call, neon: Neon): Reply {
  return ok({ endpoint: endpointView(endpointOf(call, neon), projectOf(call, neon), neon) });
}

/** A running compute is suspended first, and the endpoint is listed until then. */
function remove(call: Call, neon: Neon): Reply {
  const project = projectOf(call, neon);
  const endpoint = neon.store.of.endpoint.get(call.params.endpoint_id ?? '');
  if (endpoint?.project_id !== project.id) return nothing;
  const step = {
    action: 'suspend_compute',
    branch_id: endpoint.branch_id,
    endpoint_id: endpoint.id,
  } as const;
  const deleting = update('endpoint', endpoint, { deleting: true, pending_state: 'idle' });
  return endpointReply(call, neon, neon.engine.begin(project.id, [step], [deleting], call.fateOf));
}

const endpoints = '/projects/:project_id/endpoints';

export const endpointRoutes: readonly Route[] = [
  { method: 'GET', path: endpoints, handle: (call, neon) => list(call, neon, () => true) },
  {
    method: 'GET',
    path: '/projects/:project_id/branches/:branch_id/endpoints',
    handle: (call, neon) => {
      const branch = branchOf(call, neon);
      return list(call, neon, (endpoint) => endpoint.branch_id === branch.id);
    },
  },
  { method: 'POST', path: endpoints, handle: createEndpoint },
  { method: 'GET', path: `${endpoints}/:endpoint_id`, handle: get },
  { method: 'PATCH', path: `${endpoints}/:endpoint_id`, handle: updateEndpoint },
  { method: 'DELETE', path: `${endpoints}/:endpoint_id`, handle: remove },
  { method: 'POST', path: `${endpoints}/:endpoint_id/start`, handle: startEndpoint },
  { method: 'POST', path: `${endpoints}/:endpoint_id/suspend`, handle: suspendEndpoint },
  { method: 'POST', path: `${endpoints}/:endpoint_id/restart`, handle: restartEndpoint },
];
