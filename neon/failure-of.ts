import type { NeonFailureType } from './neon-error.js';

/** The meaning of a status, for reads and changes alike. */
const byStatus: Readonly<Record<number, NeonFailureType>> = {
  400: 'NeonBadRequest',
  401: 'NeonKeyRefused',
  403: 'NeonUnauthorized',
  404: 'NeonNotFound',
  406: 'NeonBadRequest',
  409: 'NeonConflict',
  410: 'NeonNotFound',
  412: 'NeonBadRequest',
  422: 'NeonBadRequest',
  423: 'NeonLocked',
  429: 'NeonRateLimited',
  // Neon's API description calls a 503 always safe to retry, even for a change.
  503: 'NeonUnavailable',
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

/** After a change, an unknown outcome must stay unknown. */
function unclear(changes: boolean): NeonFailureType {
  return changes ? 'NeonOutcomeUnknown' : 'NeonUnavailable';
}

/** The one mapping from Neon's HTTP status to our failure. `changes` is true for all methods but GET. */
export function failureOfStatus(status: number, neonCode: string, changes: boolean): NeonFailureType {
  if (status === 422 && neonCode.endsWith('_LIMIT_EXCEEDED')) return 'NeonLimitReached';
  const known = byStatus[status];
  if (known !== undefined) return known;
  if (status >= 500) return unclear(changes);
  if (status >= 400) return 'NeonBadRequest';
  return 'NeonContractViolation';
}

/** The same for a call without an answer: refused, cut off, or timed out. */
export function failureOfSilence(errorCode: string | undefined, changes: boolean): NeonFailureType {
  return errorCode !== undefined && neverSent.has(errorCode) ? 'NeonUnavailable' : unclear(changes);
}
