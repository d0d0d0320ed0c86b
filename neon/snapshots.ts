import { z } from 'zod';
import { type NeonClient, path } from './neon-client.js';
import { distinct, neonId, neonName, neonTime } from './shapes.js';
import { operationsReply, startedBy } from './started-operations.js';

const snapshotSchema = z.object({
  id: neonId,
  name: neonName,
  created_at: neonTime,
  expires_at: neonTime.optional(),
});

export type NeonSnapshot = z.infer<typeof snapshotSchema>;

export async function listSnapshots(
  neon: NeonClient,
  projectId: string,
  signal?: AbortSignal,
): Promise<NeonSnapshot[]> {
  const reply = await neon.call({
    method: 'GET',
    path: path`/projects/${projectId}/snapshots`,
    reply: z.object({ snapshots: distinct(snapshotSchema) }),
    signal,
  });
  return reply.snapshots;
}

/**
 * Takes a snapshot of a root branch in its current state. Neon does not enforce unique names: look before
 * calling again.
 */
export async function createSnapshot(
  neon: NeonClient,
  of: {
    readonly projectId: string;
    readonly branchId: string;
    readonly name: string;
    readonly expiresAt?: string | undefined;
  },
  signal?: AbortSignal,
): Promise<{ readonly snapshotId: string; readonly operationIds: string[] }> {
  const reply = await neon.call({
    method: 'POST',
    path: path`/projects/${of.projectId}/branches/${of.branchId}/snapshot`,
    query: { name: of.name, expires_at: of.expiresAt },
    reply: operationsReply.extend({ snapshot: snapshotSchema.extend({ name: z.literal(of.name) }) }),
    signal,
  });
  return { snapshotId: reply.snapshot.id, operationIds: startedBy(reply) };
}

/**
 * Replaces a branch with a snapshot in one call: a new branch takes over the target's name, its place as the
 * default branch and its endpoints, and the target stays under another name. Returns the operations that it
 * started.
 */
export async function restoreSnapshot(
  neon: NeonClient,
  of: { readonly projectId: string; readonly snapshotId: string },
  restore: {
    /** The branch that is replaced. */
    readonly target_branch_id: string;
    /** The new branch's name until it replaces the target. */
    readonly name: string;
  },
  signal?: AbortSignal,
): Promise<string[]> {
  const reply = await neon.call({
    method: 'POST',
    path: path`/projects/${of.projectId}/snapshots/${of.snapshotId}/restore`,
    body: { ...restore, finalize_restore: true },
    // For this reply, Neon's description does not promise the operations.
    reply: operationsReply.partial(),
    signal,
  });
  return startedBy({ operations: reply.operations ?? [] });
}

/**
 * Restores a snapshot to a new branch beside the one that it was taken of, and leaves it there. Branch names
 * are unique within a project, so a second call with the same name is refused with 409.
 */
export async function restoreSnapshotToBranch(
  neon: NeonClient,
  of: { readonly projectId: string; readonly snapshotId: string },
  name: string,
  signal?: AbortSignal,
): Promise<{ readonly branchId: string; readonly operationIds: string[] }> {
  const reply = await neon.call({
    method: 'POST',
    path: path`/projects/${of.projectId}/snapshots/${of.snapshotId}/restore`,
    body: { name, finalize_restore: false },
    // For this reply, Neon's description does not promise the operations.
    reply: operationsReply.partial().extend({ branch: z.object({ id: neonId, name: z.literal(name) }) }),
    signal,
  });
  return { branchId: reply.branch.id, operationIds: startedBy({ operations: reply.operations ?? [] }) };
}

/** Deletes a snapshot. Returns the operations that it started; throws `NeonNotFound` if it is gone. */
export async function deleteSnapshot(
  neon: NeonClient,
  of: { readonly projectId: string; readonly snapshotId: string },
  signal?: AbortSignal,
): Promise<string[]> {
  const reply = await neon.call({
    method: 'DELETE',
    path: path`/projects/${of.projectId}/snapshots/${of.snapshotId}`,
    reply: operationsReply,
    signal,
  });
  return startedBy(reply);
}
