import { activityInfo } from '@temporalio/activity';

/** Polls for something that ends within minutes slow down to this many times the first interval. */
const slowestPoll = 5;

/** Polls for something that may take any time, such as Neon's own deletions, slow down much further. */
const slowestLook = 60;

/** The wait until the next look, in milliseconds: it grows with each attempt. */
export function pollInterval(firstMs: number, slowest: 'poll' | 'look' = 'poll'): number {
  const { attempt } = activityInfo();
  return Math.round(firstMs * Math.min(1.5 ** (attempt - 1), slowest === 'poll' ? slowestPoll : slowestLook));
}
