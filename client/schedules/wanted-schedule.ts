import {
  type ScheduleDescription,
  type ScheduleOptions,
  ScheduleOverlapPolicy,
  type ScheduleSpec,
} from '@temporalio/client';
import { TypedSearchAttributes } from '@temporalio/common/lib/search-attributes.js';
import { z } from 'zod';
import { parseCron } from '../../tenancy/cron.js';
import type { Fleet } from '../../tenancy/fleet.js';
import { scheduleId } from '../../tenancy/naming.js';
import type { Schedule } from '../../tenancy/schedules.js';
import { searchAttributeKeysOf } from '../../tenancy/search-attributes.js';
import { calendarOf } from './schedule-calendar.js';

/** A declared schedule with everything that Temporal needs to know about it. */
export interface WantedSchedule {
  readonly name: string;
  readonly id: string;
  readonly fleet: Fleet;
  readonly taskQueue: string;
  readonly schedule: Schedule;
}

/** The memo field with the fleet that created a schedule. A schedule without it is somebody else's. */
export const fleetMark = 'tenantryFleet';

/**
 * The declared initial state of a schedule, kept in the memo of its runs, because the schedule's own memo cannot be
 * updated. It distinguishes a change of the declaration from an operator's later changes.
 */
const declaredMark = 'tenantrySchedule';
const declaredStateSchema = z.object({
  name: z.string(),
  paused: z.boolean(),
  note: z.string().nullable(),
});
export type DeclaredState = z.infer<typeof declaredStateSchema>;

export function wantedSchedules(fleet: Fleet, taskQueue: string): WantedSchedule[] {
  return Object.entries(fleet.schedules).map(([name, schedule]) => ({
    name,
    id: scheduleId(fleet.name, name),
    fleet,
    taskQueue,
    schedule,
  }));
}

export function declaredState({ name, schedule: { paused, note } }: WantedSchedule): DeclaredState {
  return { name, paused, note: note ?? null };
}

/** The declared initial state as of the last apply; `undefined` after an edit that lost it. */
export function lastDeclaredState(action: ScheduleDescription['action']): DeclaredState | undefined {
  return declaredStateSchema.safeParse(action.memo?.[declaredMark]).data;
}

export function summaryOf({ name, schedule }: WantedSchedule): string {
  return `Schedule ${name}: ${schedule.workflow}`;
}

/** The options of the Temporal schedule, except for its state. */
export function scheduleOptions(wanted: WantedSchedule): Omit<ScheduleOptions, 'state'> {
  const { id, fleet, taskQueue, schedule } = wanted;
  const ofThisFleet = new TypedSearchAttributes([
    { key: searchAttributeKeysOf(fleet.searchAttributes).fleet, value: fleet.name },
  ]);
  return {
    scheduleId: id,
    memo: { [fleetMark]: fleet.name },
    typedSearchAttributes: ofThisFleet,
    spec: specOf(schedule),
    policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: schedule.catchupWindowMs },
    action: {
      type: 'startWorkflow',
      workflowType: schedule.workflow,
      // The server adds the time of each run.
      workflowId: id,
      args: schedule.args,
      taskQueue,
      workflowTaskTimeout: fleet.timings.workflowTask,
      staticSummary: summaryOf(wanted),
      typedSearchAttributes: ofThisFleet,
      memo: { [declaredMark]: declaredState(wanted) },
    },
  };
}

function specOf({ cron = [], every, timeZone = 'UTC', jitterMs }: Schedule): ScheduleSpec {
  return {
    calendars: cron.map((expression) => calendarOf(parseCron(expression), expression)),
    intervals: every === undefined ? [] : [{ every }],
    timezone: timeZone,
    jitter: jitterMs,
  };
}

/**
 * The state that a schedule gets. An operator's pause, resume or note stays. Only the parts of the declaration that
 * have changed since the last apply are set.
 */
export function stateFor(
  wanted: WantedSchedule,
  present?: ScheduleDescription,
): { paused: boolean; note: string } {
  const declared = declaredState(wanted);
  if (present === undefined) return { paused: declared.paused, note: declared.note ?? '' };
  const last = lastDeclaredState(present.action) ?? declared;
  const note = present.state.note ?? '';
  return {
    paused: declared.paused === last.paused ? present.state.paused : declared.paused,
    note: note === (last.note ?? '') ? (declared.note ?? '') : note,
  };
}
