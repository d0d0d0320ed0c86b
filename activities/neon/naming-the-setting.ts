import { isNeonError, NeonError } from '../../neon/neon-error.js';

/** The plan's settings by the name in the fleet's file, each with a pattern for Neon's name of it. */
const settings = {
  historyRetentionSeconds: /history[_ ]retention/i,
  'compute.suspendAfterSeconds': /suspend[_ ]timeout|auto-?suspend|scale[_ -]to[_ -]zero/i,
  'compute.maxCu': /autoscaling[_ ]limit|compute units?\b/i,
  quota: /quota/i,
} as const;

/**
 * Neon's refusal of a plan's setting, with the name of that setting: Neon uses the names of its own API, but
 * the reader has the fleet's file. Returns any other error unchanged.
 */
export function namingTheSetting(error: unknown): unknown {
  if (!isNeonError(error, 'NeonBadRequest', 'NeonLimitReached')) return error;
  const named = Object.entries(settings).find(([, words]) => words.test(error.message))?.[0];
  if (named === undefined) return error;
  const message = `${error.message}; in the fleet's file that is the plan's ${named}`;
  return new NeonError(error.type, message, error.details, error.retryAfterMs);
}
