import type { NeonFailureType } from './neon-error.js';

/** How long to leave a locked project alone. A system operation of Neon's holds it for seconds to minutes. */
const lockedWaitMs = 3_000;

interface Verdict {
  readonly type: NeonFailureType;
  readonly retryAfterMs?: number;
}

/** What a status means, whether the call asks or changes something. */
const byStatus: Readonly<Record<number, Verdict>> = {
  400: { type: 'NeonBadRequest' },
  401: { type: 'NeonUnauthorized' },
  403: { type: 'NeonUnauthorized' },
  404: { type: 'NeonNotFound' },
  406: { type: 'NeonBadRequest' },
  409: { type: 'NeonConflict' },
  410: { type: 'NeonNotFound' },
  412: { type: 'NeonBadRequest' },
  422: { type: 'NeonBadRequest' },
  423: { type: 'NeonLocked', retryAfterMs: lockedWaitMs },
  429: { type: 'NeonRateLimited' },
  // Neon's API description calls a 503 always safe to retry, a change's too.
  503: { type: 'NeonUnavailable' },
};

/** Connection failures after which no byte of the request can have reached Neon. */
const neverSent = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
]);

/** After a change, what cannot be known is not guessed. */
function unclear(changes: boolean): Verdict {
  return { type: changes ? 'NeonOutcomeUnknown' : 'NeonUnavailable' };
}

/** The one mapping from an HTTP answer of Neon's to a failure of ours. `changes` is true for all but GET. */
export function failureOfStatus(status: number, neonCode: string, changes: boolean): Verdict {
  if (status === 422 && neonCode.endsWith('_LIMIT_EXCEEDED')) return { type: 'NeonLimitReached' };
  const known = byStatus[status];
  if (known !== undefined) return known;
  if (status >= 500) return unclear(changes);
  if (status >= 400) return { type: 'NeonBadRequest' };
  return { type: 'NeonContractViolation' };
}

/** The same for a call that got no answer: refused, cut off, or out of time. */
export function failureOfSilence(errorCode: string | undefined, changes: boolean): Verdict {
  return errorCode !== undefined && neverSent.has(errorCode) ? { type: 'NeonUnavailable' } : unclear(changes);
}
