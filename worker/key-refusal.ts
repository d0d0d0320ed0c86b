import type { ActivityInboundCallsInterceptor } from '@temporalio/worker';
import { isFailure } from '../tenancy/failures.js';
import type { KeyRefusal } from '../tenancy/key-refusal.js';

/** What Neon says of a worker's key, as the worker's calls find out. */
export interface KeyWatch {
  /** Neon does not know the key, or not any more: since when, and its words. Nothing once a call went well again. */
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
