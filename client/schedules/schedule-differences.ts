import { isDeepStrictEqual } from 'node:util';
import { type IntervalSpec, type ScheduleDescription, ScheduleOverlapPolicy } from '@temporalio/client';
import { TypedSearchAttributes } from '@temporalio/common/lib/search-attributes.js';
import { parseCron } from '../../tenancy/cron.js';
import type { Fleet } from '../../tenancy/fleet.js';
import { searchAttributeKeysOf } from '../../tenancy/search-attributes.js';
import { type CalendarTimes, timesOfCalendar } from './schedule-calendar.js';
import { declaredState, lastDeclaredState, summaryOf, type WantedSchedule } from './wanted-schedule.js';

/** The parts of a schedule that a declaration determines, each comparable. The rest belongs to operators. */
type Parts = Readonly<Record<ScheduleDifference, unknown>>;

/** A part of a schedule, as `tenantry schedule apply` names it. */
export type ScheduleDifference =
  | 'workflow'
  | 'args'
  | 'times'
  | 'timeZone'
  | 'jitterMs'
  | 'catchupWindowMs'
  | 'overlap'
  | 'start'
  | 'declaredState'
  | 'limits';

/** How an existing schedule differs from the declared one, edits by hand included. */
export function differences(wanted: WantedSchedule, present: ScheduleDescription): ScheduleDifference[] {
  const [want, have] = [partsWanted(wanted), partsPresent(present, wanted.fleet)];
  return (Object.keys(want) as ScheduleDifference[]).filter(
    (part) => !isDeepStrictEqual(want[part], have[part]),
  );
}

function partsWanted(wanted: WantedSchedule): Parts {
  const { cron = [], every, timeZone = 'UTC', ...schedule } = wanted.schedule;
  const calendars = cron.map((expression) => ({ second: [0], ...parseCron(expression), year: [] }));
  return {
    workflow: schedule.workflow,
    args: schedule.args,
    times: {
      ...unordered(calendars, every === undefined ? [] : [{ every }]),
      skip: 0,
      startAt: undefined,
      endAt: undefined,
    },
    timeZone,
    jitterMs: schedule.jitterMs,
    catchupWindowMs: schedule.catchupWindowMs,
    overlap: ScheduleOverlapPolicy.SKIP,
    start: {
      workflowId: wanted.id,
      taskQueue: wanted.taskQueue,
      taskTimeout: wanted.fleet.timings.workflowTask,
      executionTimeout: undefined,
      runTimeout: undefined,
      retry: undefined,
      summary: summaryOf(wanted),
      fleet: wanted.fleet.name,
    },
    declaredState: declaredState(wanted),
    limits: { remainingActions: undefined, pauseOnFailure: false },
  };
}

function partsPresent({ spec, action, policies, state }: ScheduleDescription, fleet: Fleet): Parts {
  return {
    workflow: action.workflowType,
    args: action.args ?? [],
    times: {
      ...unordered((spec.calendars ?? []).map(timesOfCalendar), spec.intervals ?? []),
      skip: spec.skip?.length ?? 0,
      startAt: spec.startAt,
      endAt: spec.endAt,
    },
    timeZone: spec.timezone || 'UTC',
    jitterMs: spec.jitter ?? 0,
    catchupWindowMs: policies.catchupWindow,
    overlap: policies.overlap,
    start: {
      workflowId: action.workflowId,
      taskQueue: action.taskQueue,
      taskTimeout: action.workflowTaskTimeout,
      executionTimeout: action.workflowExecutionTimeout,
      runTimeout: action.workflowRunTimeout,
      retry: action.retry,
      summary: action.staticSummary,
      fleet: fleetOf(action, fleet),
    },
    declaredState: lastDeclaredState(action),
    limits: { remainingActions: state.remainingActions, pauseOnFailure: policies.pauseOnFailure },
  };
}

function fleetOf(
  { typedSearchAttributes: attributes }: ScheduleDescription['action'],
  { searchAttributes }: Fleet,
): string | undefined {
  return attributes instanceof TypedSearchAttributes
    ? attributes.get(searchAttributeKeysOf(searchAttributes).fleet)
    : undefined;
}

/** Order and repetition do not change when a schedule runs, so they do not count as a difference. */
function unordered(calendars: readonly CalendarTimes[], intervals: readonly IntervalSpec[]) {
  return {
    calendars: new Set(
      calendars.map(({ second, minute, hour, dayOfMonth, month, dayOfWeek, year }) =>
        JSON.stringify([second, minute, hour, dayOfMonth, month, dayOfWeek, year]),
      ),
    ),
    intervals: new Set(intervals.map(({ every, offset = 0 }) => `${every}+${offset}`)),
  };
}
