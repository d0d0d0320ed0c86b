import { z } from 'zod';
import { type NeonClient, path } from './neon-client.js';
import { distinct, neonId, neonName, neonTime, neonWord } from './shapes.js';
import { operationsReply, startedBy } from './started-operations.js';

const branchSchema = z.object({
  id: neonId,
  name: neonName,
  default: z.boolean(),
  current_state: neonWord,
  parent_id: neonId.optional(),
  /** In bytes; absent until Neon has measured it. */
  logical_size: z.number().optional(),
  created_at: neonTime,
  expires_at: neonTime.optional(),
});

export type NeonBranch = z.infer<typeof branchSchema>;

/** The longest list that Neon returns; a project has at most half as many branches. */
const pageSize = 10_000;

export async function listBranches(
  neon: NeonClient,
  projectId: string,
  signal?: AbortSignal,
): Promise<NeonBranch[]> {
  const reply = await neon.call({
    method: 'GET',
    path: path`/projects/${projectId}/branches`,
    query: { limit: pageSize },
    reply: z.object({ branches: distinct(branchSchema, pageSize) }),
    signal,
  });
  return reply.branches;
}

/**
 * Creates a branch of the project's default branch in its current state, with a compute of its own. Branch
 * names are unique within a project, so a second call with the same name is refused with 409.
 */
export async function createBranch(
  neon: NeonClient,
  of: { readonly projectId: string; readonly name: string; readonly expiresAt: string },
  signal?: AbortSignal,
): Promise<{ readonly branchId: string; readonly operationIds: string[] }> {
  const reply = await neon.call({
    method: 'POST',
    path: path`/projects/${of.projectId}/branches`,
    body: { branch: { name: of.name, expires_at: of.expiresAt }, endpoints: [{ type: 'read_write' }] },
    reply: operationsReply.extend({ branch: branchSchema.extend({ name: z.literal(of.name) }) }),
    signal,
  });
  return { branchId: reply.branch.id, operationIds: startedBy(reply) };
}

export interface BranchRestore {
  /**
   * The source of the data: another branch in its current state, or with `source_timestamp` any branch at
   * that time.
   */
  readonly source_branch_id: string;
  readonly source_timestamp?: string;
  /** Keeps the branch's current data as a branch of that name; without it, that data is lost. */
  readonly preserve_under_name?: string;
}

/** Gives a branch other data; it keeps its id and its endpoints. Returns the operations that it started. */
export async function restoreBranch(
  neon: NeonClient,
  of: { readonly projectId: string; readonly branchId: string },
  restore: BranchRestore,
  signal?: AbortSignal,
): Promise<string[]> {
  const reply = await neon.call({
    method: 'POST',
    path: path`/projects/${of.projectId}/branches/${of.branchId}/restore`,
    body: restore,
    reply: operationsReply,
    signal,
  });
  return startedBy(reply);
}

/** Renames a branch; idempotent. Returns the operations that it started. */
export async function renameBranch(
  neon: NeonClient,
  of: { readonly projectId: string; readonly branchId: string },
  name: string,
  signal?: AbortSignal,
): Promise<string[]> {
  const reply = await neon.call({
    method: 'PATCH',
    path: path`/projects/${of.projectId}/branches/${of.branchId}`,
    body: { branch: { name } },
    reply: operationsReply,
    signal,
  });
  return startedBy(reply);
}

/**
 * Deletes a branch for good, together with its compute: a tenant's data must not stay recoverable. A branch
 * that is already gone starts no operation, and throws `NeonNotFound` only if Neon reports that.
 */
export async function deleteBranch(
  neon: NeonClient,
  of: { readonly projectId: string; readonly branchId: string },
  signal?: AbortSignal,
): Promise<string[]> {
  const reply = await neon.call({
    method: 'DELETE',
    path: path`/projects/${of.projectId}/branches/${of.branchId}`,
    query: { hard_delete: 'true' },
    // 204 without a body for a branch that is already gone.
    reply: operationsReply.optional().catch(undefined),
    signal,
  });
  return reply === undefined ? [] : startedBy(reply);
}
