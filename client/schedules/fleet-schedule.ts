import type { ScheduleDescription } from '@temporalio/client';
import type { WantedSchedule } from './wanted-schedule.js';

/** A run that a schedule started. */
export interface ScheduledRun {
  readonly workflowId: string;
  readonly runId: string;
}

/** A fleet's schedule in its present state. */
export interface FleetSchedule {
  readonly name: string;
  readonly scheduleId: string;
  /** `missing`: declared, but not applied yet. */
  readonly state: 'active' | 'paused' | 'missing';
  /** Whether the fleet still declares it; if not, the next apply deletes it. */
  readonly declared: boolean;
  /** The type of the workflow that it starts. */
  readonly workflow: string;
  readonly note?: string;
  /** When the next runs start, jitter included; none while it is paused. */
  readonly nextRuns: readonly Date[];
  readonly runningNow: readonly ScheduledRun[];
  readonly lastRun?: ScheduledRun & { readonly startedAt: Date };
  /** The number of runs that it has started. */
  readonly started: number;
  /**
   * The number of runs that it skipped because one was under way, and the number that it missed because the server
   * was down for too long.
   */
  readonly skipped: number;
  readonly missed: number;
}

export function presentSchedule(
  name: string,
  { scheduleId, action, state, info }: ScheduleDescription,
  declared: boolean,
): FleetSchedule {
  const last = info.recentActions.at(-1);
  return {
    name,
    scheduleId,
    state: state.paused ? 'paused' : 'active',
    declared,
    workflow: action.workflowType,
    ...(state.note ? { note: state.note } : {}),
    nextRuns: state.paused ? [] : info.nextActionTimes,
    runningNow: info.runningActions.map(({ workflow }) => runOf(workflow)),
    ...(last === undefined ? {} : { lastRun: { ...runOf(last.action.workflow), startedAt: last.takenAt } }),
    started: info.numActionsTaken,
    skipped: info.numActionsSkippedOverlap,
    missed: info.numActionsMissedCatchupWindow,
  };
}

export function missingSchedule({ name, id, schedule }: WantedSchedule): FleetSchedule {
  return {
    name,
    scheduleId: id,
    state: 'missing',
    declared: true,
    workflow: schedule.workflow,
    ...(schedule.note === undefined ? {} : { note: schedule.note }),
    nextRuns: [],
    runningNow: [],
    started: 0,
    skipped: 0,
    missed: 0,
  };
}

function runOf(run: { workflowId: string; firstExecutionRunId: string }): ScheduledRun {
  return { workflowId: run.workflowId, runId: run.firstExecutionRunId };
}
