import type { FailureReason } from './failure-reason.js';
import type { FailureType } from './failures.js';

/* What a drill found, and what that proves. Workflows import this, so it is apart from the schema of the settings. */

export interface TableRead {
  readonly table: string;
  readonly rows: number;
}

/** What a drill found in a restored database. */
export interface RestoredContents {
  /** The tenant's tables, with how many rows of each could be read, whole; of very many, the 1,000 with the most rows. */
  readonly tables: readonly TableRead[];
  /** Of all tables. */
  readonly total: { readonly tables: number; readonly rows: number };
  /** The newest migration that its ledger has. */
  readonly schemaVersion?: string;
  /** ISO 8601; absent for an empty table. */
  readonly newest: readonly { readonly table: string; readonly at?: string }[];
}

/** What a drill proved. */
export interface DrillEvidence {
  readonly snapshot: string;
  /** ISO 8601 */
  readonly takenAt: string;
  /** How old the snapshot was: what was written since would have been lost, in milliseconds. */
  readonly recoveryPointMs: number;
  /** From the first call to Neon until everything was looked at, in milliseconds. */
  readonly recoveryMs: number;
  readonly found?: RestoredContents;
  /** What is broken; absent where the snapshot is proved. */
  readonly problem?: FailureReason;
}

const mostTables = 1_000;

/** A tenant that makes tables of its own may have more than a history, or anybody who reads it, can take. */
export function mostOf(read: readonly TableRead[]): Pick<RestoredContents, 'tables' | 'total'> {
  const largest = new Set([...read].sort((one, other) => other.rows - one.rows).slice(0, mostTables));
  return {
    tables: read.filter((table) => largest.has(table)),
    total: { tables: read.length, rows: read.reduce((sum, { rows }) => sum + rows, 0) },
  };
}

const brokenTypes: ReadonlySet<FailureType> = new Set([
  'SnapshotBroken',
  'NeonNotFound',
  'NeonBadRequest',
  'NeonOperationFailed',
  'DatabaseRefused',
]);

/**
 * Whether a failure says of the snapshot that it cannot be restored, or read. Where nobody answered, the network may be why, and where
 * a compute was too small, the compute: then the drill has failed, and the snapshot is neither proved nor broken.
 */
export function tellsOfTheSnapshot({ type, sqlState }: Pick<FailureReason, 'type' | 'sqlState'>): boolean {
  if (sqlState !== undefined && isTooMuch(sqlState)) return false;
  return brokenTypes.has(type) || (type === 'DatabaseUnreachable' && sqlState !== undefined);
}

/** SQLSTATEs of memory, disk or connections that are used up (class 53), and of rows beyond a limit of the program's (54). */
export function isTooMuch(sqlState: string): boolean {
  return /^5[34]/.test(sqlState);
}
