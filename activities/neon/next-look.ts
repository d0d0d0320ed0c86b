import { activityInfo } from '@temporalio/activity';
import type { NeonOperation } from '../../neon/operations.js';
import type { Timings } from '../../tenancy/timings.js';
import type { OperationDurations } from './operation-durations.js';
import { pollInterval } from './poll-interval.js';

type Started = Pick<NeonOperation, 'action' | 'created_at'>;
type Polling = Pick<Timings, 'operationPoll'>;

/** Once an operation takes longer than expected, each look comes later by this share of its age. */
const shareOfAge = 1 / 4;
/** However long operations have taken lately, a look comes after this many intervals. */
const mostPolls = 60;

/**
 * The wait before the first look at what a create has started, in milliseconds: as long as such operations have
 * taken lately.
 */
export function firstLook(
  durations: OperationDurations,
  started: readonly Started[],
  { operationPoll }: Polling,
  region?: string,
): number {
  if (started.length === 0) return pollInterval(operationPoll);
  const waits = started.map(({ action }) => durations.expected(action, region) ?? operationPoll);
  return Math.min(Math.max(...waits), operationPoll * mostPolls);
}

/** The wait after a look that found these operations under way, in milliseconds. */
export function nextLook(
  durations: OperationDurations,
  pending: readonly Started[],
  { operationPoll }: Polling,
  region?: string,
): number {
  const interval = pollInterval(operationPoll);
  const shortest = operationPoll / 10;
  const waits = pending.map(({ action, created_at }) => {
    const ageMs = ageOf(created_at);
    durations.outlasted(action, ageMs, region);
    const remaining = (durations.expected(action, region) ?? 0) - ageMs;
    return remaining > 0 ? Math.max(remaining, shortest) : Math.max(interval, ageMs * shareOfAge);
  });
  return Math.round(
    Math.min(Math.max(...waits, pending.length === 0 ? interval : 0), operationPoll * mostPolls),
  );
}

/**
 * Never more than the time since the step was scheduled: a clock that differs from Neon's must not make operations
 * look old.
 */
function ageOf(createdAt: string): number {
  return Math.max(Date.now() - Math.max(Date.parse(createdAt), activityInfo().scheduledTimestampMs), 0);
}
