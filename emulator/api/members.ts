import { z } from 'zod';
import { notFound } from '../errors.js';
import type { Neon } from '../neon.js';
import { organizationOf, refuseProjectKey } from './callers.js';
import * as input from './input.js';
import { type Call, ok, parse, type Reply, type Route } from './route.js';
import { memberView, ownerEmail } from './views/organization.js';

function mayRead({ caller, params }: Call, neon: Neon): void {
  refuseProjectKey(caller);
  organizationOf(caller, params.org_id, neon);
}

const membersQuery = z.object({
  sort_by: z.enum(['email', 'role', 'joined_at']).default('joined_at'),
  sort_order: z.enum(['asc', 'desc']).default('desc'),
  cursor: z.string().optional(),
  limit: input.limit(500, 500),
});

/** One member fits on one page: there is no `next`. */
function members(call: Call, neon: Neon): Reply {
  mayRead(call, neon);
  const { sort_by, sort_order } = parse(membersQuery, call.query);
  return ok({
    members: [{ member: memberView(neon), user: { email: ownerEmail } }],
    pagination: { sort_by, sort_order: sort_order.toUpperCase() },
  });
}

function member(call: Call, neon: Neon): Reply {
  mayRead(call, neon);
  const only = memberView(neon);
  if (call.params.member_id !== only.id) throw notFound('member not found');
  return ok(only);
}

export const memberRoutes: readonly Route[] = [
  { method: 'GET', path: '/organizations/:org_id/members', handle: members },
  { method: 'GET', path: '/organizations/:org_id/members/:member_id', handle: member },
];
