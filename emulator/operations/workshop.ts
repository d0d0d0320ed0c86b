import type { Computes } from '../compute/computes.js';
import type { Operation } from '../state/records.js';
import type { Change, Store } from '../state/store.js';
import type { Timings } from '../timings.js';

export interface Workshop {
  readonly store: Store;
  readonly computes: Computes;
}

/** What one action means. */
export interface Work {
  readonly clock: (operation: Operation, store: Store) => keyof Timings;
  /**
   * `early` work is done at once and the clock waited out; `late` work is done when the clock has run, because its
   * effect must not be seen before the operation ends.
   */
  readonly when: 'early' | 'late';
  /** Idempotent: after a crash it is done again from the start. */
  run(operation: Operation, shop: Workshop): Promise<void>;
  /** What is written together with the operation's success. */
  settle(operation: Operation, store: Store): Change[];
  /** What is written instead when the operation ends any other way. */
  abandon(operation: Operation, store: Store): Change[];
}
