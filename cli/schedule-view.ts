import type { FleetSchedule, ScheduleChange } from '../client/index.js';
import { onOneLine } from '../tenancy/redact.js';
import { table } from './table.js';

/** A schedule in the output of `--json`. Fields are only ever added. */
export function scheduleView(schedule: FleetSchedule) {
  const { lastRun } = schedule;
  return {
    name: schedule.name,
    scheduleId: schedule.scheduleId,
    state: schedule.state,
    declared: schedule.declared,
    workflow: schedule.workflow,
    note: schedule.note ?? null,
    nextRuns: schedule.nextRuns.map((at) => at.toISOString()),
    runningNow: schedule.runningNow,
    lastRun: lastRun === undefined ? null : { ...lastRun, startedAt: lastRun.startedAt.toISOString() },
    started: schedule.started,
    skipped: schedule.skipped,
    missed: schedule.missed,
  };
}

export function schedulesTable(schedules: readonly FleetSchedule[]): string {
  return table([
    ['schedule', 'state', 'workflow', 'last run', 'next run', 'note'],
    ...schedules.map(({ name, state, declared, workflow, lastRun, nextRuns, note }) => [
      name,
      declared ? state : `${state}, declared no longer`,
      workflow,
      inSeconds(lastRun?.startedAt),
      inSeconds(nextRuns[0]),
      note ?? '',
    ]),
  ]);
}

const inSeconds = (at: Date | undefined) => at?.toISOString().replace(/\.\d+Z$/, 'Z') ?? '';

const done = { create: 'created', update: 'updated', delete: 'deleted', none: 'no change' } as const;
const planned = {
  create: 'would be created',
  update: 'would be updated',
  delete: 'would be deleted',
  none: 'no change',
} as const;

/** `nightly: updated (times, args)` */
export function changeLine({ name, change, differences }: ScheduleChange, dryRun: boolean): string {
  const what = (dryRun ? planned : done)[change];
  return `${onOneLine(name)}: ${what}${differences.length === 0 ? '' : ` (${differences.join(', ')})`}`;
}
