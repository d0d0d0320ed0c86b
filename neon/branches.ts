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
  /** In bytes; absent while Neon has not measured it. */
  logical_size: z.number().optional(),
  created_at: neonTime,
  expires_at: neonTime.optional(),
});

export type NeonBranch = z.infer<typeof branchSchema>;

/** The most that Neon lists at once; a project has at most half as many branches. */
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
 * Makes a branch of the project's default branch, as it is now, with a compute of its own. Names of branches are
 * distinct within a project, so a second call of the same name is refused with 409.
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
  /** Where the data comes from: another branch as it is now, or with `source_timestamp` any branch as it was then. */
  readonly source_branch_id: string;
  readonly source_timestamp?: string;
  /** Keeps what the branch holds until now as a branch of that name; without it, that is gone. */
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

/** Names a branch; idempotent. Returns the operations that it started. */
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
 * Deletes a branch for good, its compute with it: what was a tenant's data is not left to be recovered. One that is
 * gone already starts no operation, and throws `NeonNotFound` only when Neon says so.
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
    // 204, and no body, for a branch that is gone already.
    reply: operationsReply.optional().catch(undefined),
    signal,
  });
  return reply === undefined ? [] : startedBy(reply);
}
