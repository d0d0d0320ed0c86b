import type { ActivityInboundCallsInterceptor } from '@temporalio/worker';
import { isFailure } from '../tenancy/failures.js';
import type { KeyRefusal } from '../tenancy/key-refusal.js';

/** Neon's verdict on a worker's key, as observed in the worker's calls. */
export interface KeyWatch {
  /**
   * Neon does not know the key, or no longer does: since when, and Neon's message. `undefined` after a successful
   * call.
   */
  refusal(): KeyRefusal | undefined;
  /** For activities that call Neon. */
  readonly inbound: ActivityInboundCallsInterceptor;
}

export function watchKey(): KeyWatch {
  let refusal: KeyRefusal | undefined;
  return {
    refusal: () => refusal,
    inbound: {
      async execute(input, next) {
        try {
          const result = await next(input);
          refusal = undefined;
          return result;
        } catch (error) {
          if (isFailure(error, 'NeonKeyRefused'))
            refusal = { message: error.message, since: refusal?.since ?? new Date().toISOString() };
          throw error;
        }
      },
    },
  };
}
