const silent = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
]);

/** A Postgres client got no response: the network reports that, or the driver's own timeout. */
export function isSilence(error: unknown): boolean {
  return (
    silent.has(errorCodeOf(error) ?? '') ||
    (error instanceof Error && /timeout|timed out/i.test(error.message))
  );
}

export function errorCodeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
