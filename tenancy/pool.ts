import { z } from 'zod';

/**
 * Projects that are made ahead for a plan, so that an onboarding takes one instead of waiting for Neon to make one:
 * docs/warm-pool.md.
 */
export const poolSchema = z.strictObject({
  /** The number of projects that wait for a tenant, migrated and asleep. */
  size: z.int().min(1).max(1_000),
  /** The most projects that are made at once while some are lacking. @default 2 */
  refill: z.int().min(1).max(50).default(2),
});

export type PoolSettings = z.output<typeof poolSchema>;

/** What a plan's pool should hold, as the worker's fleet has it. */
export interface WantedPool extends PoolSettings {
  readonly plan: string;
  /** A digest of the settings that a project of the plan is created with. */
  readonly settingsMark: string;
  /**
   * A digest for each number of the fleet's migrations, from none to all. A project that has the first few of them can
   * be brought up to date; one that has anything else cannot.
   */
  readonly schemaMarks: readonly [string, ...string[]];
}

/** The names of the plans that have a pool. */
export function plansWithPools(
  plans: Readonly<Record<string, { readonly pool?: PoolSettings | undefined }>>,
): [plan: string, pool: PoolSettings][] {
  return Object.entries(plans).flatMap(([plan, { pool }]) => (pool === undefined ? [] : [[plan, pool]]));
}

/** The digest of all migrations. */
export function newestMark({ schemaMarks }: Pick<WantedPool, 'schemaMarks'>): string {
  return schemaMarks.at(-1) ?? schemaMarks[0];
}
