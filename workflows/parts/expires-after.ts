import { endingWith } from '../frame/failure-reason.js';

export const day = 86_400_000;
const hour = 3_600_000;
/** Neon's own limit for a branch's expiry. */
export const longestExpiry = 30 * day;

/** When a time to live that begins now ends, as ISO 8601. Throws `RequestUnfit`. */
export function expiresAfter(ttlMs: number, longestMs: number): string {
  if (Number.isInteger(ttlMs) && ttlMs >= 1 && ttlMs <= longestMs)
    return new Date(Date.now() + ttlMs).toISOString();
  const message = `a time to live is at most ${Math.floor(longestMs / hour)} h, and at least 1 ms, in whole milliseconds`;
  throw endingWith({ type: 'RequestUnfit', message });
}
