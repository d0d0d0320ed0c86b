/** From now on; kept to the second, as Neon does. */
export function expiryAfter(seconds: number): {
  readonly expires_at: string;
  readonly ttl_interval_seconds: number;
} {
  const at = new Date(Date.now() + seconds * 1000).toISOString();
  return { expires_at: `${at.slice(0, 19)}Z`, ttl_interval_seconds: seconds };
}

/** At a given time, and how long that is from now. */
export function expiryAt(time: string): {
  readonly expires_at: string;
  readonly ttl_interval_seconds: number;
} {
  const at = Date.parse(time);
  const expires_at = `${new Date(at).toISOString().slice(0, 19)}Z`;
  return { expires_at, ttl_interval_seconds: Math.max(1, Math.round((at - Date.now()) / 1000)) };
}
