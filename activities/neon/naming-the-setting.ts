import { isNeonError, NeonError } from '../../neon/neon-error.js';

/** How Neon speaks of what a plan sets, in its requests' names or in words, and what it is called in the fleet's file. */
const settings = {
  historyRetentionSeconds: /history[_ ]retention/i,
  'compute.suspendAfterSeconds': /suspend[_ ]timeout|auto-?suspend|scale[_ -]to[_ -]zero/i,
  'compute.maxCu': /autoscaling[_ ]limit|compute units?\b/i,
  quota: /quota/i,
} as const;

/**
 * Neon's refusal of what a plan asks for, with the setting that has to be changed: Neon's words are those of its own API, and
 * whoever reads them has a fleet's file before them. Any other error is answered as it is.
 */
export function namingTheSetting(error: unknown): unknown {
  if (!isNeonError(error, 'NeonBadRequest', 'NeonLimitReached')) return error;
  const named = Object.entries(settings).find(([, words]) => words.test(error.message))?.[0];
  if (named === undefined) return error;
  const message = `${error.message}; in the fleet's file that is the plan's ${named}`;
  return new NeonError(error.type, message, error.details, error.retryAfterMs);
}
