import { z } from 'zod';
import { badRequest } from '../../errors.js';
import type { Neon } from '../../neon.js';
import { millisecondsSince } from '../../state/clock.js';
import { maySee, organizationOf } from '../callers.js';
import * as input from '../input.js';
import { pagination } from '../pagination.js';
import { type Call, ok, parse, type Reply } from '../route.js';
import { projectListItem } from '../views/project.js';

const listQuery = z.object({
  cursor: z.string().optional(),
  limit: input.limit(400, 10),
  search: z.string().optional(),
  org_id: input.id.optional(),
  timeout: z.coerce.number().int().min(100).max(30_000).optional(),
  recoverable: input.flag.default(false),
});

/**
 * Newest first. The cursor is the id of the last project shown, and is there on the last page, too. A search is a
 * partial match on name or id, so whoever looks for one project has to compare. Every project's details are at hand
 * here, so that nothing is ever unavailable and no `timeout` is too short, unless a fault says so.
 */
export function listProjects(call: Call, neon: Neon): Reply {
  const { cursor, limit, search, org_id, recoverable } = parse(listQuery, call.query);
  organizationOf(call.caller, org_id, neon);
  const before = cursor === undefined || cursor === '' ? undefined : createdAt(cursor, neon);
  const lagMs = call.listLagMs ?? neon.timings.projectsListLag;
  const page = [];
  for (const project of neon.store.of.project.newest()) {
    if (page.length === limit) break;
    // First what leaves most of them out: a search looks at every project there is.
    if (search !== undefined && !project.name.includes(search) && !project.id.includes(search)) continue;
    if (before !== undefined && project.created_at >= before) continue;
    if ((project.deleted_at !== undefined) !== recoverable || !maySee(call.caller, project)) continue;
    if (lagMs === 0 || millisecondsSince(project.created_at) >= lagMs) page.push(project);
  }
  return ok({
    projects: page.map((project) => projectListItem(project, neon)),
    unavailable_project_ids: [],
    ...pagination(page.at(-1)?.id ?? cursor),
    applications: {},
    integrations: {},
  });
}

function createdAt(projectId: string, { store }: Neon): string {
  const project = store.of.project.get(projectId);
  if (project === undefined) throw badRequest('cursor: must be one that a reply has given');
  return project.created_at;
}
