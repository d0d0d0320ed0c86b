import { z } from 'zod';
import { type NeonRates, neonPlans, ratesOf } from './neon-prices.js';

const rate = z.number().min(0).optional();

/** Whether and how the tenants' usage is metered. */
export const meteringSchema = z.strictObject({
  /** Neon's plan for the organization, which sets the prices. On its Free plan Neon reports no usage. */
  neonPlan: z.enum(neonPlans),
  /**
   * Prices that you negotiated with Neon instead of its list prices, in US dollars. @default the list prices of the
   * plan
   */
  rates: z
    .strictObject({
      computeUnitHour: rate,
      storageGbMonth: rate,
      historyGbMonth: rate,
      snapshotGbMonth: rate,
      publicTransferGb: rate,
      privateTransferGb: rate,
      branchMonth: rate,
      includedTransferGb: rate,
      includedBranches: z.int().min(1).optional(),
    })
    .prefault({}),
});

export type Metering = z.output<typeof meteringSchema>;

export function ratesFor({ neonPlan, rates }: Metering): NeonRates {
  const agreed = Object.fromEntries(Object.entries(rates).filter(([, value]) => value !== undefined));
  return ratesOf(neonPlan, agreed);
}

/**
 * A reading may be this many intervals late before metering counts as behind, because a single failed call is
 * harmless.
 */
const lateIntervals = 4;

/** Whether a reading that was due at a moment is late by now. */
export function isMeteringBehind(dueSince: Date, everyMs: number, now: Date = new Date()): boolean {
  return now.getTime() - dueSince.getTime() > lateIntervals * everyMs;
}
