import type { FailureDetails, FailureType } from '../tenancy/failures.js';

/** The failures that a call to Neon can end in. */
export type NeonFailureType = Extract<FailureType, `Neon${string}`>;

/**
 * A call to Neon that did not end well. The message names the call and what Neon said of it; it never holds a body,
 * a key or a connection string.
 */
export class NeonError extends Error {
  override readonly name = 'NeonError';

  constructor(
    readonly type: NeonFailureType,
    message: string,
    readonly details: FailureDetails = {},
    /** When Neon asks to be called again, in milliseconds. */
    readonly retryAfterMs?: number,
  ) {
    super(message);
  }
}

export function isNeonError(error: unknown, ...types: readonly NeonFailureType[]): error is NeonError {
  return error instanceof NeonError && (types.length === 0 || types.includes(error.type));
}
