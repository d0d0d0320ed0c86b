/** A parsed cron expression: the values that each field matches, ascending. */
export interface CronTimes {
  readonly minute: readonly number[];
  readonly hour: readonly number[];
  readonly dayOfMonth: readonly number[];
  /** 1 is January. */
  readonly month: readonly number[];
  /** 0 is Sunday. */
  readonly dayOfWeek: readonly number[];
}

interface Field {
  readonly label: string;
  readonly first: number;
  readonly last: number;
  /** Words that may stand for a number, in the order of the numbers. */
  readonly names?: readonly string[];
}

const months = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];
const days = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'];

const fields = {
  minute: { label: 'minute', first: 0, last: 59 },
  hour: { label: 'hour', first: 0, last: 23 },
  dayOfMonth: { label: 'day of the month', first: 1, last: 31 },
  month: { label: 'month', first: 1, last: 12, names: months },
  dayOfWeek: { label: 'day of the week', first: 0, last: 7, names: days },
} as const satisfies Record<keyof CronTimes, Field>;

/** The expression is not valid cron; the message says why. */
export class CronError extends Error {
  override readonly name = 'CronError';
}

/**
 * Parses the five fields of cron. Temporal could do it, but it returns its own interpretation of an expression and
 * not the expression, so an existing schedule could not be compared with a declared one. Throws {@link CronError}.
 */
export function parseCron(expression: string): CronTimes {
  const [minute, hour, dayOfMonth, month, dayOfWeek, ...more] = expression.trim().split(/\s+/);
  if (!minute || !hour || !dayOfMonth || !month || !dayOfWeek || more.length > 0) {
    throw new CronError('has five fields: minute, hour, day of the month, month, day of the week');
  }
  // With both fields set, classic cron runs on days that match either, and Temporal on days that match both. Anyone
  // who sets both would be surprised by one of the two.
  if (!dayOfMonth.startsWith('*') && !dayOfWeek.startsWith('*')) {
    throw new CronError(
      'names days of the month and days of the week: give a list of two expressions, one for each',
    );
  }
  const weekdays = valuesOf(dayOfWeek, fields.dayOfWeek).map((day) => day % days.length);
  return {
    minute: valuesOf(minute, fields.minute),
    hour: valuesOf(hour, fields.hour),
    dayOfMonth: valuesOf(dayOfMonth, fields.dayOfMonth),
    month: valuesOf(month, fields.month),
    dayOfWeek: ascending(weekdays),
  };
}

/** Describes what is wrong with an expression, in one sentence; `undefined` when it is valid. */
export function cronProblem(expression: string): string | undefined {
  try {
    parseCron(expression);
    return undefined;
  } catch (error) {
    if (error instanceof CronError) return error.message;
    throw error;
  }
}

function valuesOf(text: string, field: Field): number[] {
  return ascending(text.split(',').flatMap((item) => itemValues(item, field)));
}

/** A star, a value or a range of two, each with or without a step. */
function itemValues(item: string, field: Field): number[] {
  const [, star, from, to, every] = /^(?:(\*)|(\w+)(?:-(\w+))?)(?:\/(\d+))?$/.exec(item) ?? [];
  if (star === undefined && from === undefined) throw unreadable(item, field);
  const step = every === undefined ? 1 : Number(every);
  const first = from === undefined ? field.first : numberFor(from, field);
  const last = to === undefined ? (from === undefined || every ? field.last : first) : numberFor(to, field);
  if (step < 1 || last < first) throw unreadable(item, field);
  return Array.from({ length: Math.floor((last - first) / step) + 1 }, (_, at) => first + at * step);
}

function numberFor(text: string, field: Field): number {
  const named = field.names?.indexOf(text.toUpperCase()) ?? -1;
  const value = named >= 0 ? named + field.first : /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (value >= field.first && value <= field.last) return value;
  throw unreadable(text, field);
}

function unreadable(text: string, { label, first, last }: Field): CronError {
  return new CronError(`has no ${label} "${text}": it is ${first} to ${last}, as 1, 1-5, */2 or 1,3`);
}

function ascending(values: readonly number[]): number[] {
  return [...new Set(values)].sort((one, other) => one - other);
}
