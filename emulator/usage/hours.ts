export const hourMs = 3_600_000;

export const hourOf = (time: number) => time - (time % hourMs);

/** The part of each hour that a stretch of time covers, oldest first. */
export function hoursBetween(from: number, to: number): { readonly hour: number; readonly ms: number }[] {
  const parts = [];
  for (let at = from; at < to; ) {
    const end = Math.min(hourOf(at) + hourMs, to);
    parts.push({ hour: hourOf(at), ms: end - at });
    at = end;
  }
  return parts;
}
