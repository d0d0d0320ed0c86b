const units = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
] as const;

/** The time since a moment, in its largest unit: `3d`, `5h`, `12m`, `40s`. */
export function age(since: Date, now = Date.now()): string {
  const passed = Math.max(0, now - since.getTime());
  const [unit, length] = units.find(([, length]) => passed >= length) ?? ['s', 1_000];
  return `${Math.floor(passed / length)}${unit}`;
}
