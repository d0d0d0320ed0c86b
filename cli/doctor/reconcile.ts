import { reconcileScheduleId } from '../../tenancy/naming.js';
import { isReconcileLate } from '../../tenancy/reconcile-settings.js';
import { fleetReadings } from '../../worker/check-catalog.js';
import { readFleet } from '../../worker/load-fleet.js';
import { type Check, ok, problem } from './check.js';
import { scheduleCondition } from './schedule.js';
import { patienceMs } from './subject.js';

/** The fleet is reconciled, and the last reconcile could compare everything. */
export const reconcile: Check = {
  name: 'reconcile',
  needs: ['catalog-schema', 'fleet', 'sweep'],
  async make(subject) {
    const { name, timings } = await readFleet(subject.read('TENANTRY_CONFIG'));
    const found = await scheduleCondition(
      subject,
      reconcileScheduleId(name),
      'nobody notices what differs from the catalog',
    );
    if (found.kind === 'stands') return found.outcome;
    const { reconcile: last } = await fleetReadings(subject.read('TENANTRY_CATALOG_URL'), name, patienceMs);
    const next = `next at ${found.nextAt}`;
    if (last === undefined) return ok(`the fleet is reconciled for the first time when it is due; ${next}`);
    const compared = `it compared last at ${last.comparedAt?.toISOString() ?? 'no time yet'}`;
    if (last.trouble !== undefined)
      return problem(
        `the last reconcile compared nothing: ${last.trouble}; ${compared}`,
        'mend what it names, then: tenantry reconcile',
      );
    return isReconcileLate(last, timings.reconcile)
      ? problem(
          `no reconcile has come to its end as often as it should: ${compared}`,
          'look for its run with: tenantry status; then: tenantry reconcile',
        )
      : ok(`${compared}; ${next}`);
  },
};
