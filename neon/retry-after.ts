/** The longest wait, whatever a header says: a wrong clock must not delay a tenant for a day. */
const longestWaitMs = 60_000;

/**
 * The wait that a `Retry-After` header asks for, in milliseconds: delay seconds or an HTTP date (RFC 9110
 * §10.2.3). Neon does not document that it sends one, so an absent or unreadable header is no error.
 */
export function retryAfterMs(header: string | null, now: number = Date.now()): number | undefined {
  const value = header?.trim();
  if (!value) return undefined;
  // A date starts with its weekday; `Date.parse` also accepts other text as a date: `1.5` is a day in 2001.
  const date = /^[A-Z][a-z]{2,8},? /.test(value) ? Date.parse(value) : Number.NaN;
  const wait = /^\d+$/.test(value) ? Number(value) * 1000 : date - now;
  return Number.isNaN(wait) ? undefined : Math.min(Math.max(wait, 0), longestWaitMs);
}
