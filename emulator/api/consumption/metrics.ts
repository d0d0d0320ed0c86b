import type { Frame } from '../../usage/frames.js';
import { type Books, historyIn, storedIn, usedIn } from './books.js';

const none = () => 0;

/**
 * Storage is in bytes times hours. What is zero here is something the emulator does not have, or does not measure:
 * snapshots, private networks, an allowance of branches.
 */
export const metrics = {
  compute_unit_seconds: (books: Books, frame: Frame) => usedIn(books, frame).computeUnitMs / 1000,
  root_branch_bytes_month: (books: Books, frame: Frame) => storedIn(books, frame, 'root'),
  child_branch_bytes_month: (books: Books, frame: Frame) => storedIn(books, frame, 'child'),
  instant_restore_bytes_month: historyIn,
  public_network_transfer_bytes: (books: Books, frame: Frame) => usedIn(books, frame).transferBytes,
  private_network_transfer_bytes: none,
  extra_branches_month: none,
  snapshot_storage_bytes_month: none,
} as const;

export type Metric = keyof typeof metrics;

export const branchMetrics = [
  'compute_unit_seconds',
  'root_branch_bytes_month',
  'child_branch_bytes_month',
  'instant_restore_bytes_month',
  'public_network_transfer_bytes',
  'private_network_transfer_bytes',
] as const satisfies readonly Metric[];

export const projectMetrics = [
  ...branchMetrics,
  'extra_branches_month',
  'snapshot_storage_bytes_month',
] as const satisfies readonly Metric[];

export function metricsIn(books: Books, frame: Frame, wanted: readonly Metric[]) {
  return {
    metrics: wanted.map((name) => ({ metric_name: name, value: Math.floor(metrics[name](books, frame)) })),
  };
}
