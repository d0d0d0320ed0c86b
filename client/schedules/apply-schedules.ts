import {
  ScheduleAlreadyRunning,
  type ScheduleClient,
  ScheduleNotFoundError as TemporalKnowsNone,
} from '@temporalio/client';
import { describeOurs, undeclaredSchedules } from './find-schedules.js';
import { differences, type ScheduleDifference } from './schedule-differences.js';
import { ScheduleContendedError } from './schedule-errors.js';
import { updateIfUnchanged } from './update-if-unchanged.js';
import { scheduleOptions, stateFor, type WantedSchedule } from './wanted-schedule.js';

/** The effect of an apply on one schedule: planned, or done. */
export interface ScheduleChange {
  readonly name: string;
  readonly scheduleId: string;
  readonly change: 'create' | 'update' | 'delete' | 'none';
  /** How the schedule differed from its declaration; empty except for an update. */
  readonly differences: readonly ScheduleDifference[];
}

/** How many times an apply retries on a schedule that somebody else changes at the same time. */
const looks = 5;

/** The changes that make Temporal match the declarations. Changes nothing itself. Throws `ForeignScheduleError`. */
export async function planSchedules(
  client: ScheduleClient,
  fleet: string,
  wanted: readonly WantedSchedule[],
): Promise<ScheduleChange[]> {
  const changes: ScheduleChange[] = [];
  for (const one of wanted) {
    const present = await describeOurs(client, fleet, one);
    const found = present === undefined ? [] : differences(one, present);
    const change = present === undefined ? 'create' : found.length > 0 ? 'update' : 'none';
    changes.push({ name: one.name, scheduleId: one.id, change, differences: found });
  }
  for (const { name, id } of await undeclaredSchedules(client, fleet, wanted)) {
    changes.push({ name, scheduleId: id, change: 'delete', differences: [] });
  }
  return changes;
}

/**
 * Makes one schedule match its declaration, and checks again until it does: two concurrent deploys end with the same schedule. Returns
 * what was done, which is nothing if the other deploy was faster. Throws `ScheduleContendedError`.
 */
export async function settleSchedule(
  client: ScheduleClient,
  fleet: string,
  wanted: WantedSchedule,
): Promise<ScheduleChange> {
  let done: ScheduleChange = { name: wanted.name, scheduleId: wanted.id, change: 'none', differences: [] };
  for (let look = 0; look < looks; look++) {
    const present = await describeOurs(client, fleet, wanted);
    if (present === undefined) {
      if (await createUnlessThere(client, wanted)) done = { ...done, change: 'create' };
      continue;
    }
    const found = differences(wanted, present);
    if (found.length === 0) return done;
    const { spec, action, policies = {} } = scheduleOptions(wanted);
    await updateIfUnchanged(client, present, { spec, action, policies, state: stateFor(wanted, present) });
    if (done.change === 'none') done = { ...done, change: 'update', differences: found };
  }
  throw new ScheduleContendedError(
    `schedule "${wanted.name}" does not stay as it was applied: is another version being deployed now?`,
    wanted.name,
  );
}

/** Deletes one schedule. Returns whether it existed. */
export async function deleteSchedule(client: ScheduleClient, id: string): Promise<boolean> {
  try {
    await client.getHandle(id).delete();
    return true;
  } catch (error) {
    if (error instanceof TemporalKnowsNone) return false;
    throw error;
  }
}

async function createUnlessThere(client: ScheduleClient, wanted: WantedSchedule): Promise<boolean> {
  try {
    await client.create({ ...scheduleOptions(wanted), state: stateFor(wanted) });
    return true;
  } catch (error) {
    if (error instanceof ScheduleAlreadyRunning) return false;
    throw error;
  }
}
