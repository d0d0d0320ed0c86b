/** Neon's Launch plan, in US dollars, before taxes: https://neon.com/docs/introduction/plans, as of 12 November 2026. */
export const prices = {
  source: 'https://neon.com/docs/introduction/plans',
  plan: 'Launch',
  asOf: '2026-11-12',
  perComputeUnitHour: 0.106,
  perGigabyteMonth: 0.35,
} as const;

/** An estimate: branches, restore history and network transfer are billed too, and not counted here. */
export function estimatedCost({ computeUnitSeconds, storedBytes }: Consumption): number {
  return (
    (computeUnitSeconds / 3_600) * prices.perComputeUnitHour + (storedBytes / 1e9) * prices.perGigabyteMonth
  );
}

interface Consumption {
  /** In this billing period. */
  readonly computeUnitSeconds: number;
  /** Now, as if for a whole month. */
  readonly storedBytes: number;
}
