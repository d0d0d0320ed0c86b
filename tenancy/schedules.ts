import { z } from 'zod';
import { cronProblem } from './cron.js';
import { tenantWorkflows } from './operation-runs.js';
import { textProblem } from './storable.js';
import { storableText } from './storable-text.js';
import { timeZoneProblem } from './time-zone.js';

const second = 1_000;
const minute = 60 * second;
const day = 24 * 60 * minute;

/** One expression or several; checked as a whole, because a union would tell of no problem but that there is one. */
const cron = z.union([z.string(), z.array(z.string()).min(1)]).check(({ value, issues }) => {
  for (const expression of [value].flat()) {
    const message = cronProblem(expression);
    if (message !== undefined) {
      issues.push({ code: 'custom', message: `"${expression}" ${message}`, input: value });
    }
  }
});

/** A run of ours refuses such input, so the schedule would fail at every turn. */
const noUnstorableText: z.core.CheckFn<unknown> = ({ value, issues }) => {
  const message = textProblem(value);
  if (message !== undefined) issues.push({ code: 'custom', message, input: value });
};

const timeZone = z.string().check(({ value, issues }) => {
  const message = timeZoneProblem(value);
  if (message !== undefined) issues.push({ code: 'custom', message, input: value });
});

/** A workflow that Temporal starts again and again. Two runs of one schedule never overlap: the later is skipped. */
export const scheduleSchema = z
  .strictObject({
    /** The type of a workflow that the fleet's workers have. */
    workflow: storableText.min(1).refine((type) => !tenantWorkflows.has(type), {
      error:
        "runs under its tenant's own workflow id alone: schedule runOperation, with args: [{ tenant: { fleet, id }, operation, request }]",
    }),
    /** What the workflow is given. It is kept in the run's history: no secrets. @default [] */
    args: z.array(z.json()).check(noUnstorableText).default([]),
    /** When, in cron's five fields, such as `0 3 * * *`; with several, whenever one of them says so. */
    cron: cron.optional(),
    /** Or how often, in milliseconds, in whole seconds, counted from 1970: 3,600,000 is every hour, on the hour. */
    every: z.int().min(second).multipleOf(second, 'is in whole seconds: a multiple of 1000').optional(),
    /** The time zone of `cron`, by IANA's name. @default UTC */
    timeZone: timeZone.optional(),
    /**
     * Each run starts up to this many milliseconds late, at random, so that schedules of one minute do not all start
     * in one second. @default 1 min, or a tenth of `every` if that is less
     */
    jitterMs: z.int().min(0).max(day).optional(),
    /** How late a run may still start after the server was down, in milliseconds. @default 1 day */
    catchupWindowMs: z
      .int()
      .min(10 * second)
      .default(day),
    /** Whether it starts out paused. What people pause and resume later stands, until this changes. @default false */
    paused: z.boolean().default(false),
    /** What people should know of it, shown in Temporal's UI. A pause may write over it. */
    note: storableText.min(1).optional(),
  })
  .refine(({ cron, every }) => (cron === undefined) !== (every === undefined), {
    error: 'says when with one of cron and every',
  })
  .refine(({ every, timeZone }) => every === undefined || timeZone === undefined, {
    path: ['timeZone'],
    error: 'goes with cron only: every is counted in UTC',
  })
  // Read again, what comes out comes out the same: a fleet is read where it is written and where it is loaded.
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

/** A schedule as it is read, whole. */
export type Schedule = z.output<typeof scheduleSchema>;
