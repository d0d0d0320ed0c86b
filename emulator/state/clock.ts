let last = 0n;

/**
 * The time as `2025-09-10T12:14:58.848485Z`, later at every call: records sort by their creation, and a cursor made of
 * a time names exactly one of them.
 */
export function now(): string {
  const wall = BigInt(Date.now()) * 1000n;
  last = wall > last ? wall : last + 1n;
  const micros = String(last % 1_000_000n).padStart(6, '0');
  return `${new Date(Number(last / 1000n)).toISOString().slice(0, 19)}.${micros}Z`;
}

export function millisecondsSince(time: string): number {
  return Date.now() - Date.parse(time);
}

/** Times leave the API in whole seconds. */
export function seconds(time: string): string {
  return `${time.slice(0, 19)}Z`;
}
