import type { FailureDetails, FailureType } from '../tenancy/failures.js';

/** The types of failure of a call to Neon. */
export type NeonFailureType = Extract<FailureType, `Neon${string}`>;

/**
 * A failed call to Neon. The message names the call and Neon's error; it never contains a body, a key or a
 * connection string.
 */
export class NeonError extends Error {
  override readonly name = 'NeonError';

  constructor(
    readonly type: NeonFailureType,
    message: string,
    readonly details: FailureDetails = {},
    /** Neon's requested wait before the next call, in milliseconds. */
    readonly retryAfterMs?: number,
  ) {
    super(message);
  }
}

export function isNeonError(error: unknown, ...types: readonly NeonFailureType[]): error is NeonError {
  return error instanceof NeonError && (types.length === 0 || types.includes(error.type));
}
