/** What Neon charges for usage, in US dollars and before taxes. A gigabyte is 10⁹ bytes, and a month 744 hours, whatever the month. */
export interface NeonRates {
  readonly computeUnitHour: number;
  /** Of the data in root and in child branches. */
  readonly storageGbMonth: number;
  readonly historyGbMonth: number;
  readonly snapshotGbMonth: number;
  /** Beyond what is included. */
  readonly publicTransferGb: number;
  readonly privateTransferGb: number;
  /** Beyond the branches that are included. */
  readonly branchMonth: number;
  /** Of the whole organization in a month. */
  readonly includedTransferGb: number;
  /** Of a project, its root branch among them. */
  readonly includedBranches: number;
}

export const neonPlans = ['launch', 'scale', 'agent'] as const;
export type NeonPlan = (typeof neonPlans)[number];

const plansPage = 'https://neon.com/docs/introduction/plans';
const calculationsPage = 'https://neon.com/docs/introduction/usage-calculations';
const agentPage = 'https://neon.com/docs/introduction/agent-plan';

/** A price, the page that it was read on, and the date of that page. */
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

/** The same on every plan that is billed by usage. */
const common = {
  storageGbMonth: { usd: 0.35, source: plansPage, asOf: '2026-11-12' },
  historyGbMonth: { usd: 0.2, source: plansPage, asOf: '2026-03-20' },
  snapshotGbMonth: { usd: 0.09, source: calculationsPage, asOf: '2026-05-28' },
  publicTransferGb: { usd: 0.1, source: calculationsPage, asOf: '2026-05-28' },
  // Only on Scale can there be any.
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
  // `calculationsPage` says that its rates are those of Scale; its own page and the newer `plansPage`, that compute costs as on Launch.
  agent: {
    ...common,
    computeUnitHour: { usd: 0.106, source: agentPage, asOf: '2026-05-13' },
    // Of branches its page says that the limits are custom; this is what Scale has.
    includedBranches: { amount: 25, source: calculationsPage, asOf: '2026-05-28' },
  },
};

/** The rates of a plan, and what was agreed otherwise. */
export function ratesOf(plan: NeonPlan, agreed: Partial<NeonRates> = {}): NeonRates {
  const listed = Object.entries(neonPrices[plan]).map(([name, price]: [string, Price | Included]) => [
    name,
    'usd' in price ? price.usd : price.amount,
  ]);
  return { ...(Object.fromEntries(listed) as NeonRates), ...agreed };
}
