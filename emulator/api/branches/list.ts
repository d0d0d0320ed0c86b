import { z } from 'zod';
import { badRequest } from '../../errors.js';
import type { Neon } from '../../neon.js';
import type { Branch } from '../../state/records.js';
import { projectOf } from '../find.js';
import * as input from '../input.js';
import { type Call, ok, parse, type Reply } from '../route.js';
import { annotationsView, branchView } from '../views/branch.js';

const listQuery = z.object({
  search: z.string().optional(),
  sort_by: z.enum(['name', 'created_at', 'updated_at']).default('updated_at'),
  sort_order: z.enum(['asc', 'desc']).default('desc'),
  cursor: z.string().optional(),
  limit: input.limit(10_000, 10_000),
});

/** The other dialect of paging: `pagination.next`, absent on the last page. Here it is the id of the last one shown. */
export function listBranches(call: Call, neon: Neon): Reply {
  const { sort_by, sort_order, cursor, limit, search } = parse(listQuery, call.query);
  const direction = sort_order === 'asc' ? 1 : -1;
  const sorted = found(call, neon, search).sort((a, b) => (a[sort_by] < b[sort_by] ? -direction : direction));
  const last = cursor === undefined ? -1 : sorted.findIndex(({ id }) => id === cursor);
  if (cursor !== undefined && last === -1) throw badRequest('cursor: must be one that a reply has given');
  const page = sorted.slice(last + 1, last + 1 + limit);
  const next = last + 1 + limit < sorted.length ? page.at(-1)?.id : undefined;
  return ok({
    branches: page.map(branchView),
    annotations: annotationsView(page),
    pagination: { ...(next && { next }), sort_by, sort_order: sort_order.toUpperCase() },
  });
}

const countQuery = z.object({ search: z.string().optional() });

export function countBranches(call: Call, neon: Neon): Reply {
  return ok({ count: found(call, neon, parse(countQuery, call.query).search).length });
}

function found(call: Call, neon: Neon, search: string | undefined): Branch[] {
  return neon.store.of.branch
    .in(projectOf(call, neon).id)
    .filter(({ name, id }) => search === undefined || name.includes(search) || id.includes(search));
}
