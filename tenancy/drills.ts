import { z } from 'zod';
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
