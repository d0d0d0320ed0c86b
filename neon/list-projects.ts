import { z } from 'zod';
import type { NeonClient } from './neon-client.js';
import { NeonError } from './neon-error.js';
import { endpointDefaultsSchema, projectSchema, quotaSchema } from './projects.js';
import { neonTime } from './shapes.js';

/** The longest page that Neon returns. */
const pageSize = 400;

const listedSchema = projectSchema.extend({
  compute_last_active_at: neonTime.nullish(),
  history_retention_seconds: z.number().optional(),
  settings: z.object({ quota: quotaSchema.optional() }).optional(),
  default_endpoint_settings: endpointDefaultsSchema.optional(),
});

/** A project in Neon's list. Fields that Neon omits there are unknown. */
export type ListedProject = z.infer<typeof listedSchema>;

const pageSchema = z.object({
  projects: z.array(listedSchema).max(pageSize),
  unavailable_project_ids: z.array(z.unknown()).optional(),
  pagination: z.object({ cursor: z.string().max(1_000).optional() }).optional(),
});

export interface ProjectPage {
  readonly projects: readonly ListedProject[];
  /** The cursor of the next page; absent on the last one. */
  readonly next?: string;
}

/**
 * A page of all projects that are not deleted, the newest first. Throws `NeonInventoryIncomplete` if Neon
 * could not fetch some: a list that may be incomplete does not prove that a project is absent.
 */
export async function listProjects(
  neon: NeonClient,
  cursor?: string,
  signal?: AbortSignal,
): Promise<ProjectPage> {
  const page = await neon.call({
    method: 'GET',
    path: '/projects',
    query: { limit: pageSize, org_id: neon.orgId, cursor },
    reply: pageSchema,
    signal,
  });
  const unavailable = page.unavailable_project_ids?.length ?? 0;
  if (unavailable > 0) {
    throw new NeonError(
      'NeonInventoryIncomplete',
      `GET /projects: Neon could not list ${unavailable} projects just now, so a project that is not in the list may still exist`,
    );
  }
  // The last page has a cursor too, so only a short page ends the list.
  const next = page.projects.length < pageSize ? undefined : page.pagination?.cursor;
  return { projects: page.projects, ...(next !== undefined && { next }) };
}
