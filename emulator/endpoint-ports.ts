import type { Gateway } from './compute/gateway.js';
import type { Endpoint } from './state/records.js';
import type { Store } from './state/store.js';

/**
 * Closes the port of an endpoint when it is gone. The endpoint of a deleted branch is not: its port refuses whoever
 * comes, and nobody else can take it, so that the connection string works again after a recovery.
 */
export function closeEndpointPorts(store: Store, gateway: Gateway): void {
  const left = ({ id, project_id }: Endpoint) => {
    const kept = store.of.deletedBranch
      .in(project_id)
      .some(({ endpoints }) => endpoints.some((endpoint) => endpoint.id === id));
    if (kept) gateway.turnOut(id);
    else if (store.of.endpoint.get(id) === undefined) gateway.close(id);
  };
  store.watch('endpoint', (before, after) => {
    if (before !== undefined && after === undefined) left(before);
  });
  store.watch('deletedBranch', (before, after) => {
    if (before !== undefined && after === undefined) before.endpoints.forEach(left);
  });
}
