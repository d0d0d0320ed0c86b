/**
 * Neon's prices for usage, in US dollars before taxes. A gigabyte is 10⁹ bytes, and every month counts as 744 hours.
 */
export interface NeonRates {
  readonly computeUnitHour: number;
  /** For the data in root and child branches. */
  readonly storageGbMonth: number;
  readonly historyGbMonth: number;
  readonly snapshotGbMonth: number;
  /** Beyond the included transfer. */
  readonly publicTransferGb: number;
  readonly privateTransferGb: number;
  /** Beyond the included branches. */
  readonly branchMonth: number;
  /** For the whole organization, in a month. */
  readonly includedTransferGb: number;
  /** For one project, including its root branch. */
  readonly includedBranches: number;
}

export const neonPlans = ['launch', 'scale', 'agent'] as const;
export type NeonPlan = (typeof neonPlans)[number];

const plansPage = 'https://neon.com/docs/introduction/plans';
const calculationsPage = 'https://neon.com/docs/introduction/usage-calculations';
const agentPage = 'https://neon.com/docs/introduction/agent-plan';

/** A price, the page that states it, and the date of that page. */
interface Price {
  readonly usd: number;
  readonly source: string;
  readonly asOf: string;
}

interface Included {
  readonly amount: number;
  readonly source: string;
  readonly asOf: string;
}

type PriceList = {
  readonly [Name in keyof NeonRates]: Name extends `included${string}` ? Included : Price;
};

/** The same on every usage-based plan. */
const common = {
  storageGbMonth: { usd: 0.35, source: plansPage, asOf: '2026-11-12' },
  historyGbMonth: { usd: 0.2, source: plansPage, asOf: '2026-03-20' },
  snapshotGbMonth: { usd: 0.09, source: calculationsPage, asOf: '2026-05-28' },
  publicTransferGb: { usd: 0.1, source: calculationsPage, asOf: '2026-05-28' },
  // Only Scale offers it.
  privateTransferGb: { usd: 0.01, source: calculationsPage, asOf: '2026-05-28' },
  branchMonth: { usd: 1.5, source: calculationsPage, asOf: '2026-05-28' },
  includedTransferGb: { amount: 100, source: calculationsPage, asOf: '2026-05-28' },
} as const;

/** The one table of prices. */
export const neonPrices: Readonly<Record<NeonPlan, PriceList>> = {
  launch: {
    ...common,
    computeUnitHour: { usd: 0.106, source: plansPage, asOf: '2026-11-12' },
    includedBranches: { amount: 10, source: calculationsPage, asOf: '2026-05-28' },
  },
  scale: {
    ...common,
    computeUnitHour: { usd: 0.222, source: plansPage, asOf: '2026-11-12' },
    includedBranches: { amount: 25, source: calculationsPage, asOf: '2026-05-28' },
  },
  // `calculationsPage` gives this plan the rates of Scale; its own page and the newer `plansPage` say that compute
  // costs the same as on Launch.
  agent: {
    ...common,
    computeUnitHour: { usd: 0.106, source: agentPage, asOf: '2026-05-13' },
    // For branches its page says that the limits are custom; this is the number of Scale.
    includedBranches: { amount: 25, source: calculationsPage, asOf: '2026-05-28' },
  },
};

/** The list prices of a plan, overridden by negotiated ones. */
export function ratesOf(plan: NeonPlan, agreed: Partial<NeonRates> = {}): NeonRates {
  const listed = Object.entries(neonPrices[plan]).map(([name, price]: [string, Price | Included]) => [
    name,
    'usd' in price ? price.usd : price.amount,
  ]);
  return { ...(Object.fromEntries(listed) as NeonRates), ...agreed };
}
