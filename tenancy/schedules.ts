import { z } from 'zod';
import { cronProblem } from './cron.js';
import { tenantWorkflows } from './operation-runs.js';
import { textProblem } from './storable.js';
import { storableText } from './storable-text.js';
import { timeZoneProblem } from './time-zone.js';

const second = 1_000;
const minute = 60 * second;
const day = 24 * 60 * minute;

/**
 * One expression or several. The check is on the whole value, because a union would only report that there is a
 * problem.
 */
const cron = z.union([z.string(), z.array(z.string()).min(1)]).check(({ value, issues }) => {
  for (const expression of [value].flat()) {
    const message = cronProblem(expression);
    if (message !== undefined) {
      issues.push({ code: 'custom', message: `"${expression}" ${message}`, input: value });
    }
  }
});

/** Our runs refuse such input, so the schedule would fail every time. */
const noUnstorableText: z.core.CheckFn<unknown> = ({ value, issues }) => {
  const message = textProblem(value);
  if (message !== undefined) issues.push({ code: 'custom', message, input: value });
};

const timeZone = z.string().check(({ value, issues }) => {
  const message = timeZoneProblem(value);
  if (message !== undefined) issues.push({ code: 'custom', message, input: value });
});

/** A workflow that Temporal starts regularly. Two runs of one schedule never overlap: the later one is skipped. */
export const scheduleSchema = z
  .strictObject({
    /** A workflow type that the fleet's workers have. */
    workflow: storableText.min(1).refine((type) => !tenantWorkflows.has(type), {
      error:
        "runs under its tenant's own workflow id alone: schedule runOperation, with args: [{ tenant: { fleet, id }, operation, request }]",
    }),
    /** The workflow's arguments. They stay in the run's history, so they must not have secrets. @default [] */
    args: z.array(z.json()).check(noUnstorableText).default([]),
    /** The times, in cron's five fields, such as `0 3 * * *`. With several expressions, each one triggers a run. */
    cron: cron.optional(),
    /**
     * Alternatively the interval, in milliseconds, in whole seconds, counted from 1970: 3,600,000 is every hour, on
     * the hour.
     */
    every: z.int().min(second).multipleOf(second, 'is in whole seconds: a multiple of 1000').optional(),
    /** The time zone of `cron`, by IANA's name. @default UTC */
    timeZone: timeZone.optional(),
    /**
     * Each run starts up to this many milliseconds late, at random, so that schedules of the same minute do not all
     * start in the same second. @default 1 min, or a tenth of `every` if that is less
     */
    jitterMs: z.int().min(0).max(day).optional(),
    /** How late a run may still start after the server was down, in milliseconds. @default 1 day */
    catchupWindowMs: z
      .int()
      .min(10 * second)
      .default(day),
    /**
     * Whether it starts paused. When people later pause or resume it, that holds until this setting changes. @default
     * false
     */
    paused: z.boolean().default(false),
    /** A note for people, shown in Temporal's UI. A pause may overwrite it. */
    note: storableText.min(1).optional(),
  })
  .refine(({ cron, every }) => (cron === undefined) !== (every === undefined), {
    error: 'says when with one of cron and every',
  })
  .refine(({ every, timeZone }) => every === undefined || timeZone === undefined, {
    path: ['timeZone'],
    error: 'goes with cron only: every is counted in UTC',
  })
  // The transform is idempotent: a fleet is parsed both where it is defined and where it is loaded.
  .transform(({ cron, every, timeZone, jitterMs, ...rest }) => ({
    ...rest,
    ...(cron === undefined ? {} : { cron: [cron].flat(), timeZone: timeZone ?? 'UTC' }),
    ...(every === undefined ? {} : { every }),
    jitterMs: jitterMs ?? Math.min(minute, Math.floor((every ?? day) / 10)),
  }));

export const schedulesSchema = z.record(
  z
    .string()
    .regex(
      /^[a-z](?:[a-z0-9-]{0,30}[a-z0-9])?$/,
      'is 1 to 32 lower-case letters, digits and hyphens, a letter first',
    ),
  scheduleSchema,
);

/** A parsed schedule, with all defaults. */
export type Schedule = z.output<typeof scheduleSchema>;
