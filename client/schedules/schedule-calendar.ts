import {
  type CalendarSpec,
  type CalendarSpecDescription,
  DAYS_OF_WEEK,
  MONTHS,
  type Range,
} from '@temporalio/client';
import type { CronTimes } from '../../tenancy/cron.js';

/**
 * The times of a Temporal calendar: each field has the values that it matches, ascending; without a year, it matches
 * any year.
 */
export interface CalendarTimes extends CronTimes {
  readonly second: readonly number[];
  readonly year: readonly number[];
}

/** The Temporal calendar for a cron expression. The comment is for people who read it in the UI. */
export function calendarOf(times: CronTimes, comment: string): CalendarSpec {
  return {
    minute: rangesOf(times.minute),
    hour: rangesOf(times.hour),
    dayOfMonth: rangesOf(times.dayOfMonth),
    month: rangesOf(times.month).map((range) => named(range, (month) => MONTHS[month - 1])),
    dayOfWeek: rangesOf(times.dayOfWeek).map((range) => named(range, (day) => DAYS_OF_WEEK[day])),
    comment,
  };
}

/** The times of an existing Temporal calendar, normalized: two calendars with the same meaning are equal. */
export function timesOfCalendar(calendar: CalendarSpecDescription): CalendarTimes {
  return {
    second: valuesIn(calendar.second, Number),
    minute: valuesIn(calendar.minute, Number),
    hour: valuesIn(calendar.hour, Number),
    dayOfMonth: valuesIn(calendar.dayOfMonth, Number),
    month: valuesIn(calendar.month, (month) => MONTHS.indexOf(month) + 1),
    dayOfWeek: valuesIn(calendar.dayOfWeek, (day) => DAYS_OF_WEEK.indexOf(day)),
    year: valuesIn(calendar.year, Number),
  };
}

/** One range if the values are evenly spaced, or else one for each value. */
function rangesOf(values: readonly number[]): Range<number>[] {
  const [start = 0, next = start] = values;
  const step = Math.max(next - start, 1);
  const even = values.every((value, at) => value === start + at * step);
  if (even) return [{ start, end: values.at(-1) ?? start, step }];
  return values.map((value) => ({ start: value, end: value, step: 1 }));
}

function named<Name>({ start, end, step }: Range<number>, nameOf: (value: number) => Name | undefined) {
  const [first, last] = [nameOf(start), nameOf(end)];
  if (first === undefined || last === undefined) throw new RangeError(`${start} to ${end} have no names`);
  return { start: first, end: last, step };
}

function valuesIn<Unit>(ranges: readonly Range<Unit>[], numberOf: (unit: Unit) => number): number[] {
  const values = ranges.flatMap(({ start, end, step }) => {
    const first = numberOf(start);
    const length = Math.floor((numberOf(end) - first) / step) + 1;
    return Array.from({ length }, (_, at) => first + at * step);
  });
  return [...new Set(values)].sort((one, other) => one - other);
}
