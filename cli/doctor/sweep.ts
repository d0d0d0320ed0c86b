import { sweepScheduleId } from '../../tenancy/naming.js';
import { readFleet } from '../../worker/load-fleet.js';
import { type Check, ok } from './check.js';
import { scheduleCondition } from './schedule.js';

/** The fleet is swept: without that, no due work is ever done. */
export const sweep: Check = {
  name: 'sweep',
  needs: ['fleet', 'search-attributes'],
  async make(subject) {
    const { name } = await readFleet(subject.read('TENANTRY_CONFIG'));
    const found = await scheduleCondition(subject, sweepScheduleId(name), 'nothing that is due is done');
    return found.kind === 'runs' ? ok(`the fleet is swept; next at ${found.nextAt}`) : found.outcome;
  },
};
