import { type FailureType, failures } from './failures.js';
import type { Wait } from './progress.js';

/** Waits that every operation has now and then. */
export const expectedWaits = (Object.keys(failures) as FailureType[]).filter(
  (type) => 'benign' in failures[type],
);

/** A step that has waited this long, in milliseconds, probably waits for something that does not resolve itself. */
export const longWaitMs = { expected: 300_000, other: 30_000 } as const;

export function isLongWait({ type, since }: Pick<Wait, 'type' | 'since'>): boolean {
  const lastsMs = since === undefined ? 0 : Date.now() - Date.parse(since);
  const isExpected = expectedWaits.some((each) => each === type);
  return lastsMs >= longWaitMs[isExpected ? 'expected' : 'other'];
}

/** Failures that end when an external server is back: giving up the step would only undo the operation. */
const outages = [
  'NeonUnavailable',
  'NeonKeyRefused',
  'NeonOutcomeUnknown',
  'NeonRateLimited',
  'NeonLocked',
  'CatalogUnavailable',
  'SecretStoreUnavailable',
] as const satisfies readonly FailureType[];

export type Outage = (typeof outages)[number];

export function isOutage(type: Wait['type']): type is Outage {
  return outages.some((each) => each === type);
}
