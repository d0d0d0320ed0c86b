import { ScheduleClient, ScheduleNotFoundError } from '@temporalio/client';
import { sweepScheduleId } from '../../tenancy/naming.js';
import { readFleet } from '../../worker/load-fleet.js';
import { type Check, ok, problem } from './check.js';
import { withTemporal } from './with-temporal.js';

/** The fleet is swept: without that, nothing that is due is ever done. */
export const sweep: Check = {
  name: 'sweep',
  needs: ['fleet', 'search-attributes'],
  async make(subject) {
    const { name } = await readFleet(subject.read('TENANTRY_CONFIG'));
    const scheduleId = sweepScheduleId(name);
    return withTemporal(subject, async ({ connection, address, namespace }) => {
      const schedules = new ScheduleClient({ connection, namespace });
      try {
        const { state, info } = await schedules.getHandle(scheduleId).describe();
        if (!state.paused) return ok(`the fleet is swept; next at ${info.nextActionTimes[0]?.toISOString()}`);
        return problem(
          `the schedule "${scheduleId}" is paused${state.note === undefined ? '' : ` (${state.note})`}, so nothing that is due is done`,
          `temporal schedule toggle --unpause --schedule-id ${scheduleId} --address ${address} --namespace ${namespace}`,
        );
      } catch (error) {
        if (!(error instanceof ScheduleNotFoundError)) throw error;
        return problem(
          `there is no schedule "${scheduleId}", so nothing that is due is done`,
          'start a worker, which makes it',
        );
      }
    });
  },
};
