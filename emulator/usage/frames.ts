import { hourMs, hourOf } from './hours.js';

const dayMs = 24 * hourMs;

export type Granularity = 'hourly' | 'daily' | 'monthly';

export interface Frame {
  readonly start: number;
  readonly end: number;
}

interface Rule {
  readonly startOf: (time: number) => number;
  readonly endOf: (start: number) => number;
  /** The earliest time that may be asked for. */
  readonly earliest: (now: number) => number;
}

const monthOf = (time: number, later = 0) => {
  const date = new Date(time);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + later);
};

const rules: Readonly<Record<Granularity, Rule>> = {
  hourly: {
    startOf: hourOf,
    endOf: (start) => start + hourMs,
    earliest: (now) => hourOf(now - 168 * hourMs),
  },
  daily: {
    startOf: (time) => time - (time % dayMs),
    endOf: (start) => start + dayMs,
    earliest: (now) => now - (now % dayMs) - 60 * dayMs,
  },
  monthly: {
    startOf: (time) => monthOf(time),
    endOf: (start) => monthOf(start, 1),
    earliest: (now) => monthOf(now, -12),
  },
};

/** Neon has no metrics from before. */
const beginning = Date.UTC(2024, 2, 1);

/**
 * The whole frames that a range touches, oldest first.
 * @returns undefined when the granularity does not reach so far back, or the range is none.
 */
export function framesOf(
  granularity: Granularity,
  from: number,
  to: number,
  now: number,
): Frame[] | undefined {
  const { startOf, endOf, earliest } = rules[granularity];
  const first = startOf(from);
  if (to <= from || first < earliest(now) || first < beginning) return undefined;
  const frames = [];
  // The future has no metrics, so that a range far into it costs nothing.
  for (let start = first; start < Math.min(to, now); start = endOf(start))
    frames.push({ start, end: endOf(start) });
  return frames;
}
