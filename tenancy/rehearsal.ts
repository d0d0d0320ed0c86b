import type { FailureReason } from './failure-reason.js';

/** An existing table, and the strongest lock that a file held on it. */
export interface RehearsedLock {
  /** The table's name in SQL, with its schema. */
  readonly table: string;
  /** Postgres' name of the lock, such as `AccessExclusiveLock`. */
  readonly mode: string;
}

export interface RehearsedRows {
  /** The table's name in SQL, with its schema. */
  readonly table: string;
  readonly rows: number;
}

/** A file's effect on the existing tables. The length of each list is limited; names have Postgres' length. */
export interface RehearsedRun {
  /** The time of its statements and the commit, in milliseconds. */
  readonly ms: number;
  /** The bytes that it wrote to Postgres' log. */
  readonly walBytes: number;
  /** The strongest first. */
  readonly locks: readonly RehearsedLock[];
  /** Rewritten tables with their present number of rows; an estimate when the owner may not read a table. */
  readonly rewritten: readonly RehearsedRows[];
  /** Rows that were inserted, updated and deleted. Unknown for a file without a transaction. */
  readonly written: readonly RehearsedRows[];
  /** The number of tables that the lists omit. */
  readonly leftOut: number;
}

export interface RehearsedFile {
  /** Without `.sql`. */
  readonly name: string;
  /** The hash of the worker's file without its down part, in hexadecimal. */
  readonly sha256: string;
  readonly inTransaction: boolean;
  readonly run: RehearsedRun;
  /**
   * For a file without a transaction: the time of a repetition, as after a worker that died before the ledger had its
   * line.
   */
  readonly repeatedMs?: number;
  /** The time on the reset branch, in milliseconds; absent when the rehearsal did not get that far. */
  readonly againMs?: number;
}

/** The result of applying the files once. */
export interface RehearsedRound {
  readonly files: readonly RehearsedFile[];
  /** Why the next file could not be applied. */
  readonly problem?: FailureReason;
}

/**
 * Locks from the weakest to the strongest. From `ShareLock` on they block writes, and `AccessExclusiveLock` also
 * blocks reads.
 */
export const lockModes: readonly string[] = [
  'AccessShareLock',
  'RowShareLock',
  'RowExclusiveLock',
  'ShareUpdateExclusiveLock',
  'ShareLock',
  'ShareRowExclusiveLock',
  'ExclusiveLock',
  'AccessExclusiveLock',
];

/** What a lock blocks for others; `undefined` when they can read and write. */
export function heldUpBy(mode: string): 'reads and writes' | 'writes' | undefined {
  const strength = lockModes.indexOf(mode);
  if (mode === 'AccessExclusiveLock') return 'reads and writes';
  return strength >= lockModes.indexOf('ShareLock') ? 'writes' : undefined;
}
