import { fleetReadings } from '../../worker/check-catalog.js';
import { readFleet } from '../../worker/load-fleet.js';
import { type Check, ok, problem } from './check.js';
import { patienceMs } from './subject.js';

/** Where events are sent, they are accepted. */
export const events: Check = {
  name: 'events',
  needs: ['catalog-schema', 'fleet'],
  async make({ read }) {
    const { name } = await readFleet(read('TENANTRY_CONFIG'));
    const { endpoints } = await fleetReadings(read('TENANTRY_CATALOG_URL'), name, patienceMs);
    if (endpoints.length === 0) return ok('no endpoint is sent any');
    const failing = endpoints.filter(
      ({ pausedAt, pausedFor, failingSince }) =>
        pausedFor !== undefined || (pausedAt === undefined && failingSince !== undefined),
    );
    if (failing.length === 0) return ok(`${endpoints.length} endpoints, and none is failing`);
    return problem(
      failing
        .map(({ id, pausedFor, trouble, pending, acceptedAt }) => {
          const last = acceptedAt === undefined ? 'never' : `last at ${acceptedAt.toISOString()}`;
          const state =
            pausedFor === undefined ? `fails (${trouble ?? 'unknown'})` : `was paused (${pausedFor})`;
          return `endpoint ${id} ${state}, accepted ${last}, and is to be sent ${pending} events`;
        })
        .join('; '),
      'mend the receiver of each, then: tenantry events endpoint resume <endpoint>',
    );
  },
};
