import { outdatedRoles } from '../../worker/check-catalog.js';
import { readFleet } from '../../worker/load-fleet.js';
import { type Check, ok, problem } from './check.js';
import { patienceMs } from './subject.js';

/** Every tenant's own role has the rights that this release and the fleet define. */
export const roles: Check = {
  name: 'roles',
  needs: ['catalog-schema', 'fleet'],
  async make({ read }) {
    const fleet = await readFleet(read('TENANTRY_CONFIG'));
    const { count, some } = await outdatedRoles(read('TENANTRY_CATALOG_URL'), fleet, patienceMs);
    if (count === 0) return ok('all are held to what the fleet says');
    const others = count > some.length ? ` and ${count - some.length} more` : '';
    return problem(
      `${count === 1 ? 'the role of one tenant is' : `the roles of ${count} tenants are`} held to other rules than this release and the fleet's appRole say: ${some.join(', ')}${others}`,
      'rotate the credentials of each (tenantry rotate <id>), or resume it if it is suspended: that brings its role to the present rules',
    );
  },
};
