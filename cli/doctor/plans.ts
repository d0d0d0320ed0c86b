import { missingPlans } from '../../worker/check-catalog.js';
import { readFleet } from '../../worker/load-fleet.js';
import { missingPlanLine } from '../../worker/missing-plans.js';
import { type Check, ok, problem } from './check.js';
import { patienceMs } from './subject.js';

/** The fleet has every plan that its tenants are on. */
export const plans: Check = {
  name: 'plans',
  needs: ['catalog-schema', 'fleet'],
  async make({ read }) {
    const fleet = await readFleet(read('TENANTRY_CONFIG'));
    const missing = await missingPlans(read('TENANTRY_CATALOG_URL'), fleet, patienceMs);
    if (missing.length === 0) return ok('the fleet has every plan that its tenants have');
    return problem(
      missing.map(missingPlanLine).join('; '),
      "put each back into the fleet's file until none of them has it: tenantry plan <id> <plan> gives one another plan",
    );
  },
};
