/** No wait is longer than this, whatever a header says: a bad clock must not park a tenant for a day. */
const longestWaitMs = 60_000;

/**
 * The wait that a `Retry-After` header asks for, in milliseconds: delay seconds or an HTTP date (RFC 9110 §10.2.3).
 * Neon is not documented to send one, so an absent or unreadable header is no error.
 */
export function retryAfterMs(header: string | null, now: number = Date.now()): number | undefined {
  const value = header?.trim();
  if (!value) return undefined;
  // A date starts with its weekday; of other rubbish `Date.parse` makes dates, too: `1.5` is a day in 2001.
  const date = /^[A-Z][a-z]{2,8},? /.test(value) ? Date.parse(value) : Number.NaN;
  const wait = /^\d+$/.test(value) ? Number(value) * 1000 : date - now;
  return Number.isNaN(wait) ? undefined : Math.min(Math.max(wait, 0), longestWaitMs);
}
