import { badRequest } from '../../errors.js';
import type { Neon } from '../../neon.js';
import { organizationOf } from '../callers.js';
import * as input from '../input.js';
import { pagination } from '../pagination.js';
import { type Call, ok, parse, type Reply } from '../route.js';
import { booksOf } from './books.js';
import { branchMetrics, metricsIn, projectMetrics } from './metrics.js';
import { projectPage } from './pages.js';
import { periodsOf } from './periods.js';
import { framesAsked, metricsQuery, rangeQuery, refusePlan } from './query.js';

const free = 'free_v3';

const projectsQuery = rangeQuery.extend({
  org_id: input.id,
  limit: input.limit(100, 10),
  metrics: metricsQuery(projectMetrics),
});

export function projectHistory(call: Call, neon: Neon): Reply {
  refusePlan(call, neon, free);
  const query = parse(projectsQuery, call.query);
  organizationOf(call.caller, query.org_id, neon);
  const frames = framesAsked(query);
  const page = projectPage(query, neon);
  return ok({
    projects: page.map((project) => {
      const books = booksOf(project, neon);
      return {
        project_id: project.id,
        periods: periodsOf(project, books, neon.plan, frames, (frame) =>
          metricsIn(books, frame, query.metrics),
        ),
      };
    }),
    ...pagination(page.at(-1)?.id ?? query.cursor),
  });
}

const branchesQuery = rangeQuery.extend({
  org_id: input.id,
  limit: input.limit(1000, 100),
  metrics: metricsQuery(branchMetrics),
  branch_ids: input.list(100).default([]),
});

/** By project id, then branch id; the cursor is the id of the last branch. */
export function branchHistory(call: Call, neon: Neon): Reply {
  refusePlan(call, neon, free);
  const query = parse(branchesQuery, call.query);
  if (query.project_ids.length === 0) throw badRequest('project_ids: at least one is required');
  organizationOf(call.caller, query.org_id, neon);
  const frames = framesAsked(query);
  const { branch_ids, cursor, limit } = query;
  const all = [...query.project_ids].sort().flatMap((id) => {
    const project = neon.store.of.project.get(id);
    if (project === undefined) return [];
    return neon.store.of.branch
      .in(id)
      .filter((branch) => branch_ids.length === 0 || branch_ids.includes(branch.id))
      .sort((a, b) => (a.id < b.id ? -1 : 1))
      .map((branch) => ({ project, branch }));
  });
  const start = cursor ? all.findIndex(({ branch }) => branch.id === cursor) + 1 : 0;
  if (cursor && start === 0) throw badRequest('cursor: must be one that a reply has given');
  const page = all.slice(start, start + limit);
  return ok({
    branches: page.map(({ project, branch }) => {
      const books = booksOf(project, neon, branch.id);
      return {
        project_id: project.id,
        branch_id: branch.id,
        periods: periodsOf(project, books, neon.plan, frames, (frame) =>
          metricsIn(books, frame, query.metrics),
        ),
      };
    }),
    ...pagination(page.at(-1)?.branch.id ?? cursor),
  });
}
