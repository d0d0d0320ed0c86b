import type { FailureReason } from './failure-reason.js';

/** A table that was there before, and the strongest lock that a file held on it. */
export interface RehearsedLock {
  /** As in SQL, with its schema. */
  readonly table: string;
  /** In Postgres' words, such as `AccessExclusiveLock`. */
  readonly mode: string;
}

export interface RehearsedRows {
  /** As in SQL, with its schema. */
  readonly table: string;
  readonly rows: number;
}

/** What a file did to the tables that were there before. Each list has so many entries at most; a name in it is as long as Postgres has it. */
export interface RehearsedRun {
  /** How long its statements took, with the commit, in milliseconds. */
  readonly ms: number;
  /** How much it wrote to Postgres' log, in bytes. */
  readonly walBytes: number;
  /** The strongest first. */
  readonly locks: readonly RehearsedLock[];
  /** Tables that were written anew, and how many rows they have by now; an estimate where the owner may not read one. */
  readonly rewritten: readonly RehearsedRows[];
  /** Rows that were inserted, updated and deleted. Unknown of a file without a transaction. */
  readonly written: readonly RehearsedRows[];
  /** More tables than the lists have. */
  readonly leftOut: number;
}

export interface RehearsedFile {
  /** Without `.sql`. */
  readonly name: string;
  /** Of the file as the worker has it, without its down part, in hexadecimal. */
  readonly sha256: string;
  readonly inTransaction: boolean;
  readonly run: RehearsedRun;
  /** Of a file without a transaction: how long it took once more, as after a worker that died before the ledger had its line. */
  readonly repeatedMs?: number;
  /** How long it took on the branch that was reset, in milliseconds; absent where that was not reached. */
  readonly againMs?: number;
}

/** What applying the files once came to. */
export interface RehearsedRound {
  readonly files: readonly RehearsedFile[];
  /** Why the next file could not be applied. */
  readonly problem?: FailureReason;
}

/** Locks from the weakest to the strongest. From `ShareLock` on nobody writes, and at `AccessExclusiveLock` nobody reads. */
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

/** What others cannot do while a file holds a lock; nothing where they can read and write. */
export function heldUpBy(mode: string): 'reads and writes' | 'writes' | undefined {
  const strength = lockModes.indexOf(mode);
  if (mode === 'AccessExclusiveLock') return 'reads and writes';
  return strength >= lockModes.indexOf('ShareLock') ? 'writes' : undefined;
}
