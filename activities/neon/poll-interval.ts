import { activityInfo } from '@temporalio/activity';

/** Polls of what ends within minutes slow down to this many times the first interval. */
const slowestPoll = 5;

/** Those of what may take any time, such as Neon's own deletions, slow down much further. */
const slowestLook = 60;

/** How long to wait until the next look, in milliseconds: longer after each. */
export function pollInterval(firstMs: number, slowest: 'poll' | 'look' = 'poll'): number {
  const { attempt } = activityInfo();
  return Math.round(firstMs * Math.min(1.5 ** (attempt - 1), slowest === 'poll' ? slowestPoll : slowestLook));
}
