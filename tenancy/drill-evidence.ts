import type { FailureReason } from './failure-reason.js';
import type { FailureType } from './failures.js';

/* What a drill found, and what that proves. Workflows import this, so it is apart from the schema of the settings. */

export interface TableRead {
  readonly table: string;
  readonly rows: number;
}

/** The contents that a drill found in a restored database. */
export interface RestoredContents {
  /**
   * The tenant's tables, with the number of rows that could be read completely; of very many tables, the 1,000 with
   * the most rows.
   */
  readonly tables: readonly TableRead[];
  /** The number of all tables. */
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
  /** The age of the snapshot, in milliseconds: all writes since then would have been lost. */
  readonly recoveryPointMs: number;
  /** From the first call to Neon until all contents were checked, in milliseconds. */
  readonly recoveryMs: number;
  readonly found?: RestoredContents;
  /** Why the snapshot is broken; absent when the drill has proved it. */
  readonly problem?: FailureReason;
}

const mostTables = 1_000;

/** A tenant that creates its own tables may have more of them than a history entry, or its reader, can take. */
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
 * Whether a failure shows that the snapshot cannot be restored or read. If a server did not respond, the network may
 * be the cause, and if a compute was too small, the compute: then the drill has failed, and the snapshot is neither
 * proved nor broken.
 */
export function tellsOfTheSnapshot({ type, sqlState }: Pick<FailureReason, 'type' | 'sqlState'>): boolean {
  if (sqlState !== undefined && isTooMuch(sqlState)) return false;
  return brokenTypes.has(type) || (type === 'DatabaseUnreachable' && sqlState !== undefined);
}

/** SQLSTATEs of memory, disk or connections that are used up (class 53), and of rows beyond a limit of the program's (54). */
export function isTooMuch(sqlState: string): boolean {
  return /^5[34]/.test(sqlState);
}
