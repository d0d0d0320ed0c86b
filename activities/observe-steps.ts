import { ApplicationFailure, activityInfo, CancelledFailure, CompleteAsyncError } from '@temporalio/activity';
import type { ActivityInboundCallsInterceptor } from '@temporalio/worker';
import { type FailureType, isFailureType } from '../tenancy/failures.js';

/** `retried`: it failed, and another attempt follows. `failed`: for good. */
export const stepOutcomes = ['done', 'retried', 'failed', 'cancelled'] as const;

export interface ObservedStep {
  /** The activity's type. */
  readonly step: string;
  readonly outcome: (typeof stepOutcomes)[number];
  /** The type of a failure; `Other` for one of a user's own activity, which has types of its own. */
  readonly failure?: FailureType | 'Other';
  readonly seconds: number;
}

export type StepObserver = (attempt: ObservedStep) => void;

/** Reports every attempt of every activity with the outcome that Temporal gets. */
export function stepObserver(observe: StepObserver): ActivityInboundCallsInterceptor {
  return {
    async execute(input, next) {
      const { activityType: step } = activityInfo();
      const startedAt = performance.now();
      const ended = (how: Pick<ObservedStep, 'outcome' | 'failure'>) =>
        observe({ step, ...how, seconds: (performance.now() - startedAt) / 1_000 });
      try {
        const result = await next(input);
        ended({ outcome: 'done' });
        return result;
      } catch (error) {
        ended(howItEnded(error));
        throw error;
      }
    },
  };
}

function howItEnded(error: unknown): Pick<ObservedStep, 'outcome' | 'failure'> {
  if (error instanceof CancelledFailure) return { outcome: 'cancelled' };
  // A user's own activity, which reports its end later.
  if (error instanceof CompleteAsyncError) return { outcome: 'done' };
  const { type, nonRetryable } = error instanceof ApplicationFailure ? error : {};
  return {
    outcome: nonRetryable === true ? 'failed' : 'retried',
    failure: isFailureType(type) ? type : 'Other',
  };
}
