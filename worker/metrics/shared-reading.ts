import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Reads once for all who ask at the same time, and for those who ask within `freshMs` after that. Returns nothing where no answer
 * came within `patienceMs`, or a bad one.
 */
export function sharedReading<T>(
  read: () => Promise<T>,
  { freshMs, patienceMs }: { readonly freshMs: number; readonly patienceMs: number },
): () => Promise<T | undefined> {
  let last: { readonly value: T; readonly at: number } | undefined;
  let underWay: Promise<T | undefined> | undefined;
  const readNow = async () => {
    try {
      const value = await read();
      last = { value, at: performance.now() };
      return value;
    } catch {
      return undefined;
    } finally {
      underWay = undefined;
    }
  };
  return () => {
    if (last !== undefined && performance.now() - last.at < freshMs) return Promise.resolve(last.value);
    underWay ??= readNow();
    return Promise.race([underWay, sleep(patienceMs, undefined, { ref: false })]);
  };
}
