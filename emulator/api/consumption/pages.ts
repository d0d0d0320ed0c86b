import { badRequest } from '../../errors.js';
import type { Neon } from '../../neon.js';
import type { Project } from '../../state/records.js';

export interface ProjectPageQuery {
  readonly cursor?: string | undefined;
  readonly limit: number;
  readonly project_ids: readonly string[];
}

/** Newest first; the cursor is the id of the last project of the page before. */
export function projectPage({ cursor, limit, project_ids }: ProjectPageQuery, { store }: Neon): Project[] {
  const last = cursor === undefined || cursor === '' ? undefined : store.of.project.get(cursor);
  if (cursor && last === undefined) throw badRequest('cursor: must be one that a reply has given');
  const named = new Set(project_ids);
  const page = [];
  for (const project of store.of.project.newest()) {
    if (last !== undefined && project.created_at >= last.created_at) continue;
    if (named.size > 0 ? !named.has(project.id) : project.deleted_at !== undefined) continue;
    page.push(project);
    if (page.length === limit) break;
  }
  return page;
}
