import { createHash } from 'node:crypto';
import type { Project } from '../../state/records.js';
import { billingPeriodOf } from '../../usage/billing-period.js';
import type { Frame } from '../../usage/frames.js';
import type { Books } from './books.js';

const time = (ms: number) => `${new Date(ms).toISOString().slice(0, 19)}Z`;

/**
 * Frames in the billing periods they lie in, oldest first, each shown as `show` says. Before the project is nothing, unless the books
 * have something.
 */
export function periodsOf<T>(
  project: Project,
  { usage }: Books,
  plan: string,
  frames: readonly Frame[],
  show: (frame: Frame) => T,
) {
  const born = usage.reduce((first, { hour }) => Math.min(first, hour), Date.parse(project.created_at));
  const byPeriod = new Map<number, Frame[]>();
  for (const frame of frames) {
    if (frame.end <= born) continue;
    const { start } = billingPeriodOf(frame.start);
    byPeriod.set(start, [...(byPeriod.get(start) ?? []), frame]);
  }
  return [...byPeriod].map(([start, inPeriod]) => {
    const { end } = billingPeriodOf(start);
    return {
      period_id: periodId(project.id, start),
      period_plan: plan,
      period_start: time(start),
      ...(end <= Date.now() && { period_end: time(end) }),
      consumption: inPeriod.map((frame) => ({
        timeframe_start: time(frame.start),
        timeframe_end: time(frame.end),
        ...show(frame),
      })),
    };
  });
}

/** The same period has the same id whenever it is asked for. */
function periodId(projectId: string, start: number): string {
  const hex = createHash('sha256').update(`${projectId}/${start}`).digest('hex');
  return [8, 4, 4, 4, 12].reduce<[string, number]>(
    ([text, at], length) => [`${text}${text && '-'}${hex.slice(at, at + length)}`, at + length],
    ['', 0],
  )[0];
}
