import { type Outcome, problem } from './check.js';
import type { Subject } from './subject.js';
import { grpcStatus, grpcStatusOf, withTemporal } from './with-temporal.js';

/** Whether one of the fleet's own schedules runs, or what prevents it. */
export type ScheduleCondition =
  | { readonly kind: 'runs'; readonly nextAt: string }
  | { readonly kind: 'stands'; readonly outcome: Outcome };

/**
 * Whether a schedule that workers install exists, and is not paused.
 * @param without What is not done without it, in a few words.
 */
export function scheduleCondition(
  subject: Subject,
  scheduleId: string,
  without: string,
): Promise<ScheduleCondition> {
  return withTemporal(subject, async ({ connection, address, namespace }) => {
    const stands = (message: string, cure: string) =>
      ({ kind: 'stands', outcome: problem(message, cure) }) as const;
    try {
      // The SDK's client would decode the arguments, which may be encrypted, so it is not used here.
      const { schedule, info } = await connection.workflowService.describeSchedule({ namespace, scheduleId });
      if (!schedule?.state?.paused) {
        const seconds = Number(info?.futureActionTimes?.[0]?.seconds ?? 0);
        return { kind: 'runs', nextAt: new Date(seconds * 1_000).toISOString() };
      }
      const why = schedule.state.notes ? ` (${schedule.state.notes})` : '';
      return stands(
        `the schedule "${scheduleId}" is paused${why}, so ${without}`,
        `temporal schedule toggle --unpause --schedule-id ${scheduleId} --address ${address} --namespace ${namespace}`,
      );
    } catch (error) {
      if (grpcStatusOf(error) !== grpcStatus.notFound) throw error;
      return stands(`there is no schedule "${scheduleId}", so ${without}`, 'start a worker, which makes it');
    }
  });
}
