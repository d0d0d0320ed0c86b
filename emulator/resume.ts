import type { Neon } from './neon.js';
import { update } from './state/changes.js';

/**
 * Opens the ports of all endpoints again. No compute has outlived the emulator, so none is called active: the next
 * connection starts it. Connection strings name the port, hence the wish for the same one.
 */
export async function resumeEndpoints({ store, gateway }: Neon): Promise<void> {
  for (const endpoint of store.of.endpoint.all()) {
    const port = await gateway.open(endpoint.id, endpoint.port);
    if (port !== endpoint.port)
      process.stderr.write(`port ${endpoint.port} of ${endpoint.id} is taken; its port is now ${port}\n`);
    const current_state = endpoint.current_state === 'active' ? 'idle' : endpoint.current_state;
    if (port !== endpoint.port || current_state !== endpoint.current_state)
      store.commit([update('endpoint', endpoint, { port, current_state })]);
  }
}
