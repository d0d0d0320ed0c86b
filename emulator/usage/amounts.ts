import type { Usage } from '../state/records.js';

/** What is added up. The size is no such thing: it is what it was last seen to be. */
export type Amounts = Pick<Usage, 'activeMs' | 'computeUnitMs' | 'writtenBytes' | 'transferBytes'>;

const none: Amounts = { activeMs: 0, computeUnitMs: 0, writtenBytes: 0, transferBytes: 0 };

export function sum(all: Iterable<Partial<Amounts>>): Amounts {
  const total = { ...none };
  for (const { activeMs = 0, computeUnitMs = 0, writtenBytes = 0, transferBytes = 0 } of all) {
    total.activeMs += activeMs;
    total.computeUnitMs += computeUnitMs;
    total.writtenBytes += writtenBytes;
    total.transferBytes += transferBytes;
  }
  return total;
}

/** Amounts of one branch in one hour that are not in the books yet. */
export interface Posting extends Partial<Amounts> {
  readonly projectId: string;
  readonly branchId: string;
  readonly hour: number;
  readonly logicalBytes?: number;
}

export const usageId = ({ branchId, hour }: Posting) => `${branchId}/${hour}`;

export function withPosting(before: Usage | undefined, posting: Posting): Usage {
  const known = before ?? {
    ...none,
    id: usageId(posting),
    project_id: posting.projectId,
    branch_id: posting.branchId,
    hour: posting.hour,
    logicalBytes: 0,
  };
  return {
    ...known,
    ...sum([known, posting]),
    logicalBytes: posting.logicalBytes ?? known.logicalBytes,
  };
}
