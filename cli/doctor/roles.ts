import { outdatedRoles } from '../../worker/check-catalog.js';
import { readFleet } from '../../worker/load-fleet.js';
import { type Check, ok, problem } from './check.js';
import { patienceMs } from './subject.js';

/** Every tenant's own role is held to what this release and the fleet say it may do. */
export const roles: Check = {
  name: 'roles',
  needs: ['catalog-schema', 'fleet'],
  async make({ read }) {
    const fleet = await readFleet(read('TENANTRY_CONFIG'));
    const { count, some } = await outdatedRoles(read('TENANTRY_CATALOG_URL'), fleet, patienceMs);
    if (count === 0) return ok('all are held to what the fleet says');
    const others = count > some.length ? ` and ${count - some.length} more` : '';
    return problem(
      `the roles of ${count} tenants may still do what earlier rules allowed: ${some.join(', ')}${others}`,
      'rotate the credentials of each (tenantry rotate <id>), or resume it if it is suspended: that brings its role to the present rules',
    );
  },
};
