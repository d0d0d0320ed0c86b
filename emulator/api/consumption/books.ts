import type { Neon } from '../../neon.js';
import type { Project, Usage } from '../../state/records.js';
import { type Amounts, sum } from '../../usage/amounts.js';
import type { Frame } from '../../usage/frames.js';
import { hourMs } from '../../usage/hours.js';
import { byteHours, bytesNow, historyByteHours, type Storage } from '../../usage/storage.js';

/** What a project, or one of its branches, has used: read once, and asked about many frames. */
export interface Books {
  readonly usage: readonly Usage[];
  readonly storages: readonly Storage[];
  /** For how long a project keeps what was written. */
  readonly retentionMs: number;
}

export function booksOf(project: Project, { store, meter }: Neon, branchId?: string): Books {
  const usage = meter
    .usageOf(project.id)
    .filter(({ branch_id }) => branchId === undefined || branch_id === branchId);
  const byBranch = new Map<string, Usage[]>();
  for (const row of usage) byBranch.set(row.branch_id, [...(byBranch.get(row.branch_id) ?? []), row]);
  const storages = [...byBranch].map(([id, rows]) => {
    const branch = store.of.branch.get(id);
    const lastHour = rows.reduce((last, { hour }) => Math.max(last, hour), 0);
    // Of a branch that is gone nobody knows whether it was a root; a root cannot be deleted.
    return {
      rows,
      isRoot: branch !== undefined && branch.parent_id === undefined,
      born: branch === undefined ? 0 : Date.parse(branch.created_at),
      until: branch === undefined ? lastHour + hourMs : Date.now(),
    };
  });
  return { usage, storages, retentionMs: project.history_retention_seconds * 1000 };
}

export function usedIn({ usage }: Books, { start, end }: Frame): Amounts {
  return sum(usage.filter(({ hour }) => hour >= start && hour < end));
}

export function storedIn({ storages }: Books, frame: Frame, which: 'root' | 'child' | 'all'): number {
  return storages
    .filter(({ isRoot }) => which === 'all' || isRoot === (which === 'root'))
    .reduce((total, storage) => total + byteHours(storage, frame), 0);
}

export function historyIn({ storages, retentionMs }: Books, frame: Frame): number {
  return storages.reduce((total, storage) => total + historyByteHours(storage, frame, retentionMs), 0);
}

export function storedNow({ storages }: Books): number {
  return storages.reduce((total, storage) => total + bytesNow(storage), 0);
}
