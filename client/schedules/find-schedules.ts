import {
  type ScheduleClient,
  type ScheduleDescription,
  ScheduleNotFoundError as TemporalKnowsNone,
} from '@temporalio/client';
import { scheduleId } from '../../tenancy/naming.js';
import { ForeignScheduleError } from './schedule-errors.js';
import { fleetMark, type WantedSchedule } from './wanted-schedule.js';

/** The schedule with this id, no matter who created it; `undefined` when there is none. */
export async function describeSchedule(
  client: ScheduleClient,
  id: string,
): Promise<ScheduleDescription | undefined> {
  try {
    return await client.getHandle(id).describe();
  } catch (error) {
    if (error instanceof TemporalKnowsNone) return undefined;
    throw error;
  }
}

/**
 * The schedules of the fleet that it no longer declares. Temporal's list lags a little behind, so a schedule that was created a
 * moment ago may be missing from it; those in the list are each described afresh.
 */
export async function undeclaredSchedules(
  client: ScheduleClient,
  fleet: string,
  wanted: readonly WantedSchedule[],
): Promise<{ name: string; id: string }[]> {
  const prefix = scheduleId(fleet, '');
  const declared = new Set(wanted.map(({ id }) => id));
  const found: { name: string; id: string }[] = [];
  for await (const { scheduleId: id } of client.list({ query: `ScheduleId STARTS_WITH "${prefix}"` })) {
    if (declared.has(id) || !id.startsWith(prefix)) continue;
    const present = await describeSchedule(client, id);
    if (isOurs(present, fleet)) found.push({ name: id.slice(prefix.length), id });
  }
  return found.sort((one, other) => one.name.localeCompare(other.name));
}

/** Whether the fleet created the schedule, by the mark in its memo, which nobody else sets and no update removes. */
export function isOurs(
  present: ScheduleDescription | undefined,
  fleet: string,
): present is ScheduleDescription {
  return present?.memo?.[fleetMark] === fleet;
}

/**
 * Temporal's schedule for a declared one; `undefined` when it does not exist yet. Throws `ForeignScheduleError` when
 * somebody else's schedule has its id.
 */
export async function describeOurs(
  client: ScheduleClient,
  fleet: string,
  { name, id }: WantedSchedule,
): Promise<ScheduleDescription | undefined> {
  const present = await describeSchedule(client, id);
  if (present === undefined || isOurs(present, fleet)) return present;
  throw new ForeignScheduleError(
    `"${id}" is a schedule that somebody else made: delete it, or give "${name}" another name`,
    name,
  );
}
