import { sweepScheduleId } from '../../tenancy/naming.js';
import { readFleet } from '../../worker/load-fleet.js';
import { type Check, ok, problem } from './check.js';
import { grpcStatus, grpcStatusOf, withTemporal } from './with-temporal.js';

/** The fleet is swept: without that, nothing that is due is ever done. */
export const sweep: Check = {
  name: 'sweep',
  needs: ['fleet', 'search-attributes'],
  async make(subject) {
    const { name } = await readFleet(subject.read('TENANTRY_CONFIG'));
    const scheduleId = sweepScheduleId(name);
    return withTemporal(subject, async ({ connection, address, namespace }) => {
      try {
        // Not by the SDK's client, which would decode the arguments, and a fleet may have them encrypted.
        const { schedule, info } = await connection.workflowService.describeSchedule({
          namespace,
          scheduleId,
        });
        if (!schedule?.state?.paused) {
          const seconds = Number(info?.futureActionTimes?.[0]?.seconds ?? 0);
          return ok(`the fleet is swept; next at ${new Date(seconds * 1_000).toISOString()}`);
        }
        const why = schedule.state.notes ? ` (${schedule.state.notes})` : '';
        return problem(
          `the schedule "${scheduleId}" is paused${why}, so nothing that is due is done`,
          `temporal schedule toggle --unpause --schedule-id ${scheduleId} --address ${address} --namespace ${namespace}`,
        );
      } catch (error) {
        if (grpcStatusOf(error) !== grpcStatus.notFound) throw error;
        return problem(
          `there is no schedule "${scheduleId}", so nothing that is due is done`,
          'start a worker, which makes it',
        );
      }
    });
  },
};
