import { z } from 'zod';
import { badRequest, notFound } from '../errors.js';
import type { Neon } from '../neon.js';
import { millisecondsSince } from '../state/clock.js';
import { projectOf } from './find.js';
import * as input from './input.js';
import { pagination } from './pagination.js';
import { type Call, ok, parse, type Reply, type Route } from './route.js';
import { operationView } from './views/operation.js';

const listQuery = z.object({
  limit: input.limit(1000, 100),
  cursor: z.iso.datetime({ message: 'must be a time from pagination.cursor' }).optional(),
});

/**
 * The list may lag behind: an operation that a reply has told of is not in it at once, while one asked for by its id is
 * always there. Newest first; the cursor is the creation time of the last one shown, which no other operation
 * shares.
 */
function list(call: Call, neon: Neon): Reply {
  const project = projectOf(call, neon);
  const { limit, cursor } = parse(listQuery, call.query);
  const lagMs = call.listLagMs ?? neon.timings.operationsListLag;
  const page = neon.store.of.operation
    .in(project.id)
    .filter((operation) => cursor === undefined || operation.created_at < cursor)
    .filter(({ created_at }) => millisecondsSince(created_at) >= lagMs)
    .sort((a, b) => (a.created_at < b.created_at ? 1 : -1))
    .slice(0, limit);
  return ok({
    operations: page.map(operationView),
    ...pagination(page.at(-1)?.created_at ?? cursor),
  });
}

function get(call: Call, neon: Neon): Reply {
  const project = projectOf(call, neon);
  const id = z.uuid().safeParse(call.params.operation_id);
  if (!id.success) throw badRequest('operation_id must be a uuid');
  const operation = neon.store.of.operation.get(id.data);
  if (operation?.project_id !== project.id) throw notFound('operation not found');
  return ok({ operation: operationView(operation) });
}

export const operationRoutes: readonly Route[] = [
  { method: 'GET', path: '/projects/:project_id/operations', handle: list },
  { method: 'GET', path: '/projects/:project_id/operations/:operation_id', handle: get },
];
