import { z } from 'zod';
import type { RolloutPace } from './rollout.js';

/* The schemas that check a rollout on input. Workflows do not need them, so they are not among their rules. */

const count = (least: number, most: number) => {
  const error = `is a whole number from ${least} to ${most}`;
  return z.int({ error }).min(least, error).max(most, error);
};
const percentage = z.custom<`${number}%`>(
  (value) => typeof value === 'string' && /^(100|[1-9]?\d(\.\d+)?)%$/.test(value),
);
const size = z.union([count(1, 1_000_000_000), percentage], {
  error: 'is a whole number from 1 on, or a percentage such as "10%"',
});

/** The most tenants that a rollout works on at once. */
export const mostParallel = 200;
const longestMs = 365 * 86_400_000;

/** The pace of a rollout, checked on input. */
export const rolloutPaceSchema = z.strictObject({
  parallel: count(1, mostParallel).default(10),
  maxFailures: count(0, 1_000_000_000).default(0),
  perMinute: count(1, 100_000).optional(),
}) satisfies z.ZodType<RolloutPace>;

/** The `where` of each wave is checked like every filter. */
export const waveSchema = z.strictObject({
  where: z.unknown().optional(),
  size: size.optional(),
  parallel: count(1, mostParallel).optional(),
  soakMs: count(0, longestMs).optional(),
});
