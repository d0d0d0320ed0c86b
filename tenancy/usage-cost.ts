import type { NeonRates } from './neon-prices.js';
import type { Usage } from './usage.js';

/** Usage of which it is known how much of it is paid for as branches. */
export interface BillableUsage extends Usage {
  /** Beyond what is included, taken off hour by hour: in one hour with few branches others do not become cheaper. */
  readonly extraBranchHours: number;
}

export const costParts = ['compute', 'storage', 'history', 'snapshots', 'transfer', 'branches'] as const;
export type CostPart = (typeof costParts)[number];

/** In US dollars. */
export type Cost = Readonly<Record<CostPart | 'total', number>>;

/** By which Neon divides the byte-hours of any month, however many days it has. */
export const hoursInMonth = 744;
const bytesInGb = 1e9;
const secondsInHour = 3_600;

/**
 * What usage costs.
 * @param paidTransfer The part of the public transfer that is paid for, from 0 to 1: what is included is the organization's.
 */
export function costOf(usage: BillableUsage, rates: NeonRates, paidTransfer = 1): Cost {
  const gbMonths = (byteHours: number) => byteHours / hoursInMonth / bytesInGb;
  const parts: Record<CostPart, number> = {
    compute: (usage.computeUnitSeconds / secondsInHour) * rates.computeUnitHour,
    storage: gbMonths(usage.rootBranchByteHours + usage.childBranchByteHours) * rates.storageGbMonth,
    history: gbMonths(usage.historyByteHours) * rates.historyGbMonth,
    snapshots: gbMonths(usage.snapshotByteHours) * rates.snapshotGbMonth,
    transfer:
      (usage.publicTransferBytes / bytesInGb) * rates.publicTransferGb * paidTransfer +
      (usage.privateTransferBytes / bytesInGb) * rates.privateTransferGb,
    branches: (usage.extraBranchHours / hoursInMonth) * rates.branchMonth,
  };
  return { ...parts, total: Object.values(parts).reduce((sum, part) => sum + part, 0) };
}

/** The part of so much public transfer, of all tenants together, that is paid for. */
export function paidPart(bytes: number, { includedTransferGb }: NeonRates): number {
  return bytes === 0 ? 0 : Math.max(0, bytes - includedTransferGb * bytesInGb) / bytes;
}

export function sumOfCosts(costs: Iterable<Cost>): Cost {
  const total: Record<string, number> = Object.fromEntries([...costParts, 'total'].map((part) => [part, 0]));
  for (const cost of costs)
    for (const [part, usd] of Object.entries(cost)) total[part] = (total[part] ?? 0) + usd;
  return total as Cost;
}
