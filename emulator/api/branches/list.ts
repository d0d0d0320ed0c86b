import { z } from 'zod';
import type { Neon } from '../../neon.js';
import type { DeletedBranch } from '../../state/history-records.js';
import type { Branch } from '../../state/records.js';
import { projectOf } from '../find.js';
import * as input from '../input.js';
import { type Call, ok, parse, type Reply } from '../route.js';
import { annotationsView, deletedBranchView } from '../views/branch.js';
import { measuredBranchView } from '../views/usage.js';
import { cursorAfter, inOrder, isBeyond } from './cursor.js';

const listQuery = z.object({
  search: z.string().optional(),
  sort_by: z.enum(['name', 'created_at', 'updated_at']).default('updated_at'),
  sort_order: z.enum(['asc', 'desc']).default('desc'),
  cursor: z.string().optional(),
  limit: input.limit(10_000, 10_000),
  include_deleted: input.flag.default(false),
});

/** The other dialect of paging: `pagination.next`, absent on the last page. */
export function listBranches(call: Call, neon: Neon): Reply {
  const { sort_by, sort_order, cursor, limit, search, include_deleted } = parse(listQuery, call.query);
  const deleted = include_deleted ? recoverable(call, neon, search) : new Map<string, DeletedBranch>();
  const all = [...found(call, neon, search), ...[...deleted.values()].map(({ branch }) => branch)];
  const sorted = all.sort(inOrder(sort_by, sort_order));
  const left = cursor === undefined ? sorted : sorted.filter(isBeyond(cursor, sort_by, sort_order));
  const page = left.slice(0, limit);
  const last = page.at(-1);
  const next = last !== undefined && left.length > limit ? cursorAfter(last, sort_by) : undefined;
  return ok({
    branches: page.map((branch) => {
      const gone = deleted.get(branch.id);
      return gone === undefined ? measuredBranchView(branch, neon) : deletedBranchView(gone);
    }),
    annotations: annotationsView(page),
    pagination: { ...(next && { next }), sort_by, sort_order: sort_order.toUpperCase() },
  });
}

const countQuery = z.object({ search: z.string().optional() });

export function countBranches(call: Call, neon: Neon): Reply {
  return ok({ count: found(call, neon, parse(countQuery, call.query).search).length });
}

function found(call: Call, neon: Neon, search: string | undefined): Branch[] {
  return neon.store.of.branch.in(projectOf(call, neon).id).filter(matching(search));
}

function recoverable(call: Call, neon: Neon, search: string | undefined): Map<string, DeletedBranch> {
  const deleted = neon.store.of.deletedBranch.in(projectOf(call, neon).id);
  return new Map(deleted.filter(({ branch }) => matching(search)(branch)).map((one) => [one.id, one]));
}

function matching(search: string | undefined) {
  return ({ name, id }: Branch) => search === undefined || name.includes(search) || id.includes(search);
}
