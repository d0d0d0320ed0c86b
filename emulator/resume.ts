import type { Neon } from './neon.js';
import { update } from './state/changes.js';
import type { Endpoint } from './state/records.js';

/**
 * Opens the ports of all endpoints again. No compute has outlived the emulator, so none is called active: the next
 * connection starts it. Connection strings name the port, hence the wish for the same one.
 */
export async function resumeEndpoints(neon: Neon): Promise<void> {
  const { store } = neon;
  for (const endpoint of store.of.endpoint.all()) {
    const port = await samePort(endpoint, neon);
    const current_state = endpoint.current_state === 'active' ? 'idle' : endpoint.current_state;
    if (port !== endpoint.port || current_state !== endpoint.current_state)
      store.commit([update('endpoint', endpoint, { port, current_state })]);
  }
  // The endpoints of branches that may still be recovered keep their ports, too.
  for (const deleted of store.of.deletedBranch.all()) {
    const endpoints: Endpoint[] = [];
    for (const endpoint of deleted.endpoints)
      endpoints.push({ ...endpoint, port: await samePort(endpoint, neon) });
    if (endpoints.some(({ port }, index) => port !== deleted.endpoints[index]?.port))
      store.commit([update('deletedBranch', deleted, { endpoints })]);
  }
}

async function samePort(endpoint: Endpoint, { gateway }: Neon): Promise<number> {
  const port = await gateway.open(endpoint.id, endpoint.port);
  if (port !== endpoint.port)
    process.stderr.write(`port ${endpoint.port} of ${endpoint.id} is taken; its port is now ${port}\n`);
  return port;
}
