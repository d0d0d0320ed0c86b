import { z } from 'zod';
import type { FailureReason } from './failure-reason.js';
import type { HookTenant, SqlClient } from './hooks.js';
import { storableText } from './storable-text.js';

/** What a drill has restored, for a check of the user's own. */
export interface RestoredSnapshot {
  readonly name: string;
  readonly takenAt: Date;
}

/**
 * A check of the user's own in a restored database, as its owner, read-only. It throws what is wrong. It may be called more than once.
 */
export type DrillCheck = (
  tenant: Pick<HookTenant, 'fleet' | 'id' | 'plan' | 'signal'>,
  restored: RestoredSnapshot,
  client: SqlClient,
) => Promise<void>;

const name = storableText.min(1).max(63);

/** How backups are proved: a tenant's newest snapshot is restored into a branch of its own, and looked into. */
export const drillsSchema = z.strictObject({
  /** Between two drills, in milliseconds; each is of a tenant chosen at random. @default 1 day */
  every: z.int().min(1_000).default(86_400_000),
  /** Tables whose newest row must be young: `column`, a time, is at most `within` milliseconds before the snapshot. An empty table passes. */
  newest: z
    .array(
      z.strictObject({ schema: name.default('public'), table: name, column: name, within: z.int().min(1) }),
    )
    .default([]),
  check: z.custom<DrillCheck>((value) => typeof value === 'function', 'is a function').optional(),
});

export type Drills = z.output<typeof drillsSchema>;

/** What a drill found in a restored database. */
export interface RestoredContents {
  /** Every table of the tenant's, with how many rows could be read, whole. */
  readonly tables: readonly { readonly table: string; readonly rows: number }[];
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
