import type { NeonRates } from './neon-prices.js';
import type { Usage } from './usage.js';

/** Usage with the number of its branches that are paid for. */
export interface BillableUsage extends Usage {
  /**
   * The branch hours beyond the included ones, subtracted hour by hour: an hour with few branches does not make
   * others cheaper.
   */
  readonly extraBranchHours: number;
}

export const costParts = ['compute', 'storage', 'history', 'snapshots', 'transfer', 'branches'] as const;
export type CostPart = (typeof costParts)[number];

/** In US dollars. */
export type Cost = Readonly<Record<CostPart | 'total', number>>;

/** Neon divides the byte-hours of every month by this, however many days it has. */
export const hoursInMonth = 744;
const bytesInGb = 1e9;
const secondsInHour = 3_600;

/**
 * The cost of usage.
 * @param paidTransfer The part of the public transfer that is paid for, from 0 to 1: the included transfer is the
 * whole organization's.
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

/** The paid part of the public transfer of all tenants together. */
export function paidPart(bytes: number, { includedTransferGb }: NeonRates): number {
  return bytes === 0 ? 0 : Math.max(0, bytes - includedTransferGb * bytesInGb) / bytes;
}

export function sumOfCosts(costs: Iterable<Cost>): Cost {
  const total: Record<string, number> = Object.fromEntries([...costParts, 'total'].map((part) => [part, 0]));
  for (const cost of costs)
    for (const [part, usd] of Object.entries(cost)) total[part] = (total[part] ?? 0) + usd;
  return total as Cost;
}
