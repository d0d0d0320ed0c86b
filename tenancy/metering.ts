import { z } from 'zod';
import { type NeonRates, neonPlans, ratesOf } from './neon-prices.js';

const rate = z.number().min(0).optional();

/** Whether and how the tenants' usage is metered. */
export const meteringSchema = z.strictObject({
  /** The plan that Neon bills the organization by, which says what usage costs. Neon tells no usage of its Free plan. */
  neonPlan: z.enum(neonPlans),
  /** What was agreed with Neon instead of its list price, in US dollars. @default the list prices of the plan */
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
  /**
   * How many times a minute Neon is asked at most. Neon allows an account about 30 calls for consumption a minute, of all fleets and of
   * whoever asks besides. @default 25
   */
  callsPerMinute: z.number().min(0.1).max(10_000).default(25),
});

export type Metering = z.output<typeof meteringSchema>;

export function ratesFor({ neonPlan, rates }: Metering): NeonRates {
  const agreed = Object.fromEntries(Object.entries(rates).filter(([, value]) => value !== undefined));
  return ratesOf(neonPlan, agreed);
}

/** So many intervals a reading may be late before it counts as behind: one call that fails is nothing. */
const lateIntervals = 4;

/** Whether what was to be read since a moment should have been read by now. */
export function isMeteringBehind(dueSince: Date, everyMs: number, now: Date = new Date()): boolean {
  return now.getTime() - dueSince.getTime() > lateIntervals * everyMs;
}
