/**
 * Neon's metrics of a project, in their raw units: https://neon.com/docs/introduction/usage-calculations. A byte-hour
 * is one byte stored for an hour.
 */
export const usageMetrics = {
  /** A compute of 2 CU uses 2 in a second. */
  computeUnitSeconds: 'compute_unit_seconds',
  rootBranchByteHours: 'root_branch_bytes_month',
  childBranchByteHours: 'child_branch_bytes_month',
  /** The history for restores to an earlier state. */
  historyByteHours: 'instant_restore_bytes_month',
  snapshotByteHours: 'snapshot_storage_bytes_month',
  publicTransferBytes: 'public_network_transfer_bytes',
  privateTransferBytes: 'private_network_transfer_bytes',
  /** The hours of all child branches; the included ones of the account's plan are not yet subtracted. */
  branchHours: 'extra_branches_month',
} as const;

export type UsageMetric = keyof typeof usageMetrics;

/** Whole numbers. */
export type Usage = Readonly<Record<UsageMetric, number>>;

export const usageMetricNames = Object.keys(usageMetrics) as UsageMetric[];

export const noUsage: Usage = Object.fromEntries(usageMetricNames.map((name) => [name, 0])) as Record<
  UsageMetric,
  number
>;

export function sumOfUsage(all: Iterable<Usage>): Usage {
  const total: Record<UsageMetric, number> = { ...noUsage };
  for (const usage of all) for (const name of usageMetricNames) total[name] += usage[name];
  return total;
}
