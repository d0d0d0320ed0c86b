/** How long an endpoint asks to wait, in milliseconds: as seconds or as a date, by RFC 9110, section 10.2.3. */
export function retryAfterMs(headers: Headers, now = Date.now()): number | undefined {
  const said = headers.get('retry-after')?.trim();
  if (!said) return undefined;
  if (/^\d{1,9}$/.test(said)) return Number(said) * 1000;
  const until = Date.parse(said);
  return Number.isNaN(until) ? undefined : Math.max(0, until - now);
}
