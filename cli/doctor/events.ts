import { heldEventsOf } from '../../client/held-events.js';
import { fleetReadings } from '../../worker/check-catalog.js';
import { readFleet } from '../../worker/load-fleet.js';
import { type Check, ok, problem } from './check.js';
import { patienceMs } from './subject.js';

/** The endpoints accept their events. */
export const events: Check = {
  name: 'events',
  needs: ['catalog-schema', 'fleet'],
  async make({ read }) {
    const { name } = await readFleet(read('TENANTRY_CONFIG'));
    const { endpoints } = await fleetReadings(read('TENANTRY_CATALOG_URL'), name, patienceMs);
    const held = endpoints.flatMap((endpoint) => heldEventsOf(endpoint) ?? []);
    if (held.length > 0)
      return problem(
        held.map(({ message }) => message).join('; '),
        `mend the receiver of each, then: ${held.map(({ command }) => `tenantry ${command}`).join('; ')}`,
      );
    const last = endpoints.map(({ id, acceptedAt }) => `${id} ${acceptedAt?.toISOString() ?? 'never'}`);
    return ok(endpoints.length === 0 ? 'no endpoint is sent any' : `accepted last: ${last.join(', ')}`);
  },
};
