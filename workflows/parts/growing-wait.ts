import { workflowInfo } from '@temporalio/workflow';
import type { Activities } from '../frame/activities.js';
import { endingWith } from '../frame/failure-reason.js';

/** Waits grow up to this many times the first wait: from a second to an hour. */
const longest = 3_600;

/**
 * Waits between two looks, each time twice as long as before. Every look makes the history longer, so the
 * wait fails with a reason once Temporal suggests to continue as new: with waits of up to an hour that takes
 * more than a week.
 */
export function growingWait(
  { timings: { retry: firstMs }, pause }: Pick<Activities, 'timings' | 'pause'>,
  waitedFor: string,
): () => Promise<void> {
  let waitMs = firstMs;
  let looks = 0;
  return async () => {
    looks += 1;
    if (workflowInfo().continueAsNewSuggested)
      throw endingWith({
        type: 'OutOfTime',
        message: `looked again and again whether ${waitedFor}; it never was so`,
      });
    await pause(
      waitMs,
      `it looks again whether ${waitedFor} (looked ${looks === 1 ? 'once' : `${looks} times`})`,
    );
    waitMs = Math.min(waitMs * 2, firstMs * longest);
  };
}
