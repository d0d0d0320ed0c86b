/** The pause after a first failure, in milliseconds; each one after it is twice as long. */
export const firstPauseMs = 200;

/** The longest pause before an attempt that wakes no compute. */
export const longestSoonMs = 5_000;

/** The pause after such an attempt, counted from 1. */
export function soonMs(attempt: number): number {
  return Math.min(firstPauseMs * 2 ** (attempt - 1), longestSoonMs);
}
