import { z } from 'zod';
import * as input from '../input.js';
import { type Call, ok, parse, type Reply } from '../route.js';

const listQuery = z.object({
  cursor: z.string().optional(),
  limit: input.limit(400, 10),
  search: z.string().optional(),
  timeout: z.coerce.number().int().min(100).max(30_000).optional(),
});

/** What others have shared with the caller. There are no others; Neon's own command asks nevertheless. */
export function listSharedProjects(call: Call): Reply {
  parse(listQuery, call.query);
  return ok({ projects: [], unavailable_project_ids: [] });
}
