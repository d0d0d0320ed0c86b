import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Shares one reading between all callers at the same time, and those within `freshMs` after that. Returns `undefined`
 * when the reading failed or took longer than `patienceMs`.
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
