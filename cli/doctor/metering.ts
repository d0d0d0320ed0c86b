import { isMeteringBehind } from '../../tenancy/metering.js';
import { meterScheduleId } from '../../tenancy/naming.js';
import { fleetReadings } from '../../worker/check-catalog.js';
import { readFleet } from '../../worker/load-fleet.js';
import { type Check, ok, problem } from './check.js';
import { scheduleCondition } from './schedule.js';
import { patienceMs } from './subject.js';

/** The usage of a metered fleet is read in time. */
export const metering: Check = {
  name: 'metering',
  needs: ['catalog-schema', 'fleet', 'sweep'],
  async make(subject) {
    const { name, metering, timings } = await readFleet(subject.read('TENANTRY_CONFIG'));
    if (metering === undefined) return ok('the fleet is not metered');
    const found = await scheduleCondition(
      subject,
      meterScheduleId(name),
      'no usage is read and no budget is kept',
    );
    if (found.kind === 'stands') return found.outcome;
    const { usage } = await fleetReadings(subject.read('TENANTRY_CATALOG_URL'), name, patienceMs);
    const { readAt, due, dueSince } = usage;
    const read =
      readAt === undefined ? 'nothing was read yet' : `it was read last at ${readAt.toISOString()}`;
    return dueSince !== undefined && isMeteringBehind(dueSince, timings.meter)
      ? problem(
          `the usage of ${due} projects is due since ${dueSince.toISOString()} and was not read; ${read}`,
          `look at the last runs of "${meterScheduleId(name)}" in Temporal, which say why`,
        )
      : ok(`usage is read in time: ${read}; next at ${found.nextAt}`);
  },
};
