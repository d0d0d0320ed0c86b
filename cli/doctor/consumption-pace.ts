import { readFleet } from '../../worker/load-fleet.js';
import { type Check, ok } from './check.js';
import { paceOfCalls } from './pace-of-calls.js';

/** The server keeps the pace of the calls to Neon's consumption history, which Neon limits apart from all others. */
export const consumptionPace: Check = {
  name: 'consumption-pace',
  needs: ['workers'],
  async make(subject) {
    const { metering } = await readFleet(subject.read('TENANTRY_CONFIG'));
    if (metering === undefined) return ok('the fleet is not metered');
    return paceOfCalls(subject, {
      queue: 'consumption',
      setting: 'TENANTRY_CONSUMPTION_CALLS_PER_MINUTE',
      askedPerSecond: subject.read('TENANTRY_CONSUMPTION_CALLS_PER_MINUTE') / 60,
      allowedPerSecond: 30 / 60,
      allowed: 'the 30 a minute or so that Neon answers an account',
      advised: 25,
      unitSeconds: 60,
      words: (count) => `${count} readings of usage a minute`,
      whileStopped: 'no usage is read',
    });
  },
};
