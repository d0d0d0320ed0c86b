import { z } from 'zod';
import { trusted } from './connection-uri.js';
import { type NeonClient, path } from './neon-client.js';
import { isNeonError, NeonError } from './neon-error.js';
import { type NeonOperation, operationSchema } from './operations.js';
import { neonId, neonName, neonTime } from './shapes.js';
import { operationsReply, startedBy } from './started-operations.js';

/** The input of `POST /projects`, in Neon's own names. Nothing in it is secret. */
export interface ProjectRequest {
  readonly name: string;
  readonly region_id: string;
  readonly pg_version: number;
  readonly store_passwords: boolean;
  /** @default the account's default */
  readonly history_retention_seconds?: number;
  readonly branch: { readonly name: string; readonly database_name: string; readonly role_name: string };
  readonly default_endpoint_settings: {
    readonly autoscaling_limit_min_cu: number;
    readonly autoscaling_limit_max_cu: number;
    readonly suspend_timeout_seconds?: number;
  };
  readonly settings: { readonly quota: Readonly<Record<string, number>> };
}

/** The fields of a project in every response. */
export const projectSchema = z.object({
  id: neonId,
  name: neonName,
  region_id: neonId,
  created_at: neonTime,
  org_id: neonId.nullish(),
});

export type NeonProject = z.infer<typeof projectSchema>;

/** The longest page that Neon returns. */
const pageSize = 400;

const createdProjectSchema = z.object({
  project: projectSchema,
  connection_uris: z.array(z.object({ connection_uri: z.string() })).min(1),
  operations: z.array(operationSchema),
});

export type CreatedProject = z.infer<typeof createdProjectSchema>;

const listSchema = z.object({
  projects: z.array(projectSchema).max(pageSize),
  unavailable_project_ids: z.array(z.unknown()).optional(),
  pagination: z.object({ cursor: z.string().max(1_000).optional() }).optional(),
});

/** An organization has 30,000 projects at most: 75 pages. */
const mostPages = 100;
/** One tenant's creates leave a few projects at most; this many ids still fit into an activity's result. */
const mostNamesakes = 1_000;

/**
 * Creates a project. Neon has no idempotency key and does not enforce unique project names: a create whose
 * answer is lost may have succeeded, so look with {@link findProjectsNamed} before calling again. The caller
 * checks that the returned project is the requested one; its connection strings are already verified to be of
 * Neon's hosts and for its owner.
 */
export async function createProject(
  neon: NeonClient,
  request: ProjectRequest,
  signal?: AbortSignal,
): Promise<CreatedProject> {
  const created = await neon.call({
    method: 'POST',
    path: path`/projects`,
    body: { project: { ...request, ...(neon.orgId === undefined ? {} : { org_id: neon.orgId }) } },
    reply: createdProjectSchema,
    signal,
  });
  const login = { role: request.branch.role_name, database: request.branch.database_name };
  return {
    ...created,
    connection_uris: created.connection_uris.map(({ connection_uri }) => ({
      connection_uri: trusted(neon, 'POST /projects', connection_uri, login),
    })),
  };
}

/**
 * All live projects of exactly this name, the oldest first. Neon's `search` matches parts of names and ids,
 * so the name is compared again here. Throws `NeonInventoryIncomplete` if Neon could not fetch some projects:
 * a list that may be incomplete does not prove that a project is absent; and `NeonContractViolation` for a
 * list without an end.
 */
export async function findProjectsNamed(
  neon: NeonClient,
  name: string,
  signal?: AbortSignal,
): Promise<NeonProject[]> {
  const found: NeonProject[] = [];
  const cursors = new Set<string>();
  for (let cursor: string | undefined; ; ) {
    const page = await neon.call({
      method: 'GET',
      path: path`/projects`,
      query: { search: name, limit: pageSize, org_id: neon.orgId, cursor },
      reply: listSchema,
      signal,
    });
    if (page.unavailable_project_ids?.length) {
      throw new NeonError(
        'NeonInventoryIncomplete',
        `GET /projects: Neon could not list ${page.unavailable_project_ids.length} projects just now, so a project that is not in the list may still exist`,
      );
    }
    found.push(...page.projects.filter((project) => project.name === name));
    cursor = page.pagination?.cursor;
    // The last page has a cursor too, so only a short page ends the list.
    if (page.projects.length < pageSize || cursor === undefined) break;
    if (cursors.has(cursor) || cursors.size === mostPages || found.length > mostNamesakes) {
      throw new NeonError('NeonContractViolation', 'GET /projects: the list of projects has no end');
    }
    cursors.add(cursor);
  }
  return found.sort((a, b) => a.created_at.localeCompare(b.created_at) || a.id.localeCompare(b.id));
}

/**
 * Recovers a deleted project unchanged; Neon can for seven days. Throws `NeonNotFound` if there is none to
 * recover, and for one that is not deleted.
 */
export async function recoverProject(
  neon: NeonClient,
  projectId: string,
  signal?: AbortSignal,
): Promise<void> {
  await neon.call({
    method: 'POST',
    path: path`/projects/${projectId}/recover`,
    reply: z.object({ project: projectSchema.extend({ id: z.literal(projectId) }) }),
    signal,
  });
}

/**
 * Deletes a project; Neon can recover it for seven days. A project that is already gone counts as deleted.
 */
export async function deleteProject(
  neon: NeonClient,
  projectId: string,
  signal?: AbortSignal,
): Promise<void> {
  try {
    await neon.call({ method: 'DELETE', path: path`/projects/${projectId}`, reply: z.unknown(), signal });
  } catch (error) {
    if (!isNeonError(error, 'NeonNotFound')) throw error;
  }
}

const limit = z.number().exactOptional();

/** Limits in Neon's names; 0 means no limit. */
export const quotaSchema = z.object({
  active_time_seconds: limit,
  compute_time_seconds: limit,
  written_data_bytes: limit,
  data_transfer_bytes: limit,
  logical_size_bytes: limit,
});

/** The defaults for a project's new computes. */
export const endpointDefaultsSchema = z.object({
  autoscaling_limit_min_cu: z.number().optional(),
  autoscaling_limit_max_cu: z.number().optional(),
  suspend_timeout_seconds: z.number().optional(),
});

const projectDetailsSchema = projectSchema.extend({
  /** Set if the project is deleted and can still be recovered. */
  deleted_at: z.string().nullish(),
  org_id: z.string().nullish(),
  pg_version: z.number(),
  history_retention_seconds: z.number(),
  settings: z.object({ quota: quotaSchema.optional() }).optional(),
  default_endpoint_settings: endpointDefaultsSchema.optional(),
});

export type NeonProjectDetails = z.infer<typeof projectDetailsSchema>;

export async function getProject(
  neon: NeonClient,
  projectId: string,
  signal?: AbortSignal,
): Promise<NeonProjectDetails> {
  const reply = await neon.call({
    method: 'GET',
    path: path`/projects/${projectId}`,
    reply: z.object({ project: projectDetailsSchema.extend({ id: z.literal(projectId) }) }),
    signal,
  });
  return reply.project;
}

/** The current project; nothing if it is gone or deleted, even if it can still be recovered. */
export async function findProject(
  neon: NeonClient,
  projectId: string,
  signal?: AbortSignal,
): Promise<NeonProjectDetails | undefined> {
  try {
    const project = await getProject(neon, projectId, signal);
    return typeof project.deleted_at === 'string' ? undefined : project;
  } catch (error) {
    if (isNeonError(error, 'NeonNotFound')) return undefined;
    throw error;
  }
}

const renamedSchema = z.object({ project: projectSchema, operations: operationsReply.shape.operations });

/**
 * Gives a project another name; idempotent. Returns the operations that it started. Throws `NeonContractViolation` if
 * the reply is of another project, or has another name.
 */
export async function renameProject(
  neon: NeonClient,
  projectId: string,
  name: string,
  signal?: AbortSignal,
): Promise<NeonOperation[]> {
  const { project, operations } = await neon.call({
    method: 'PATCH',
    path: path`/projects/${projectId}`,
    body: { project: { name } },
    reply: renamedSchema,
    signal,
  });
  if (project.id === projectId && project.name === name) return operations;
  throw new NeonError(
    'NeonContractViolation',
    `PATCH /projects/${projectId}: Neon answers with project ${project.id}, and not with the name that was asked for`,
  );
}

export interface ProjectChange {
  readonly history_retention_seconds?: number;
  readonly default_endpoint_settings?: ProjectRequest['default_endpoint_settings'];
  /** Complete: it is not documented whether Neon keeps omitted limits, so none is omitted. */
  readonly settings?: { readonly quota: Readonly<Record<string, number>> };
}

/** Changes a project's settings; idempotent. Returns the operations that it started. */
export async function updateProject(
  neon: NeonClient,
  projectId: string,
  change: ProjectChange,
  signal?: AbortSignal,
): Promise<string[]> {
  const reply = await neon.call({
    method: 'PATCH',
    path: path`/projects/${projectId}`,
    body: { project: change },
    reply: operationsReply,
    signal,
  });
  return startedBy(reply);
}
