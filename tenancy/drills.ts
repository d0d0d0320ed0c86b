import { z } from 'zod';
import type { HookTenant, SqlClient } from './hooks.js';
import { storableText } from './storable-text.js';

/** The restored snapshot, as a user-defined check sees it. */
export interface RestoredSnapshot {
  readonly name: string;
  readonly takenAt: Date;
}

/**
 * A user-defined check of a restored database. It runs as the owner, read-only, and throws when something is wrong.
 * It may be called more than once.
 */
export type DrillCheck = (
  tenant: Pick<HookTenant, 'fleet' | 'id' | 'plan' | 'signal'>,
  restored: RestoredSnapshot,
  client: SqlClient,
) => Promise<void>;

const name = storableText.min(1).max(63);

/**
 * How backups are tested: a tenant's newest snapshot is restored to a separate branch, and its contents are checked.
 */
export const drillsSchema = z.strictObject({
  /** The interval between two drills, in milliseconds. Each drill takes a random tenant. @default 1 day */
  every: z.int().min(1_000).default(86_400_000),
  /**
   * Tables whose newest row must be recent: the time in `column` is at most `within` milliseconds before the
   * snapshot. An empty table passes.
   */
  newest: z
    .array(
      z.strictObject({ schema: name.default('public'), table: name, column: name, within: z.int().min(1) }),
    )
    .default([]),
  check: z.custom<DrillCheck>((value) => typeof value === 'function', 'is a function').optional(),
});

export type Drills = z.output<typeof drillsSchema>;
