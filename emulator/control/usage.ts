import { z } from 'zod';
import * as input from '../api/input.js';
import { notFound } from '../errors.js';
import type { Neon } from '../neon.js';
import type { Usage } from '../state/records.js';
import { hourOf } from '../usage/hours.js';

/** Usage that no compute has had: a month need not be waited for, and may come late. */
export const usageInput = z.object({
  project_id: input.id,
  /** @default the default branch */
  branch_id: input.id.optional(),
  /** Any time in the hour that it belongs to, the past ones included. */
  at: z.iso.datetime(),
  active_seconds: z.number().min(0).default(0),
  compute_unit_seconds: z.number().min(0).default(0),
  written_bytes: z.int().min(0).default(0),
  transfer_bytes: z.int().min(0).default(0),
  /** What the branch's data takes from then on. */
  logical_bytes: z.int().min(0).optional(),
});

export function enterUsage(given: z.output<typeof usageInput>, { store, meter }: Neon): void {
  const branch = store.of.branch
    .in(given.project_id)
    .find(({ id, default: isDefault }) =>
      given.branch_id === undefined ? isDefault : id === given.branch_id,
    );
  if (branch === undefined) throw notFound('no such project or branch, or it has no branches any more');
  meter.enter({
    projectId: given.project_id,
    branchId: branch.id,
    hour: hourOf(Date.parse(given.at)),
    activeMs: given.active_seconds * 1000,
    computeUnitMs: given.compute_unit_seconds * 1000,
    writtenBytes: given.written_bytes,
    transferBytes: given.transfer_bytes,
    ...(given.logical_bytes !== undefined && { logicalBytes: given.logical_bytes }),
  });
}

/** A branch's part of the books in an hour. */
export function usageView(row: Usage) {
  return {
    project_id: row.project_id,
    branch_id: row.branch_id,
    hour: new Date(row.hour).toISOString(),
    active_seconds: row.activeMs / 1000,
    compute_unit_seconds: row.computeUnitMs / 1000,
    written_bytes: row.writtenBytes,
    transfer_bytes: row.transferBytes,
    logical_bytes: row.logicalBytes,
  };
}
