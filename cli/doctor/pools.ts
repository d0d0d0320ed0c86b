import { plansWithPools } from '../../tenancy/pool.js';
import { fleetReadings } from '../../worker/check-catalog.js';
import { readFleet } from '../../worker/load-fleet.js';
import { type Check, ok, problem } from './check.js';
import { patienceMs } from './subject.js';

/** Pools are filled where a plan has one. */
export const pools: Check = {
  name: 'pools',
  needs: ['catalog-schema', 'fleet'],
  async make({ read }) {
    const { name, plans } = await readFleet(read('TENANTRY_CONFIG'));
    const wanted = new Map(plansWithPools(plans));
    const { pools, undeleted } = await fleetReadings(read('TENANTRY_CATALOG_URL'), name, patienceMs, [
      ...wanted.keys(),
    ]);
    const troubled = [
      ...pools.flatMap(({ plan, trouble }) =>
        trouble === undefined ? [] : [`the pool of plan "${plan}" cannot be filled: ${trouble.message}`],
      ),
      ...undeleted.map(({ name, trouble }) => `project "${name}" of a pool cannot be deleted: ${trouble}`),
    ];
    if (troubled.length > 0)
      return problem(
        troubled.join('; '),
        'mend what it says; the sweep tries again, and onboardings create projects of their own meanwhile',
      );
    const told = pools.map(({ plan, ready, making }) => {
      const size = wanted.get(plan)?.size ?? 0;
      return `${plan} has ${ready} of ${size}${making === 0 ? '' : `, and ${making} are being made`}`;
    });
    return ok(told.length === 0 ? 'no plan has a pool' : told.join('; '));
  },
};
