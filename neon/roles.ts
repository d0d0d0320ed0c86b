import { type NeonClient, path } from './neon-client.js';
import { operationsReply, startedBy } from './started-operations.js';

/**
 * Gives a role a new password, which works once the operations are finished; until then the old one does.
 * Connections to the compute are dropped. If repeated, it creates two new passwords, and the later one holds.
 * The password in Neon's reply is not read: `connectionUri` returns the one that holds. Returns the
 * operations that it started.
 */
export async function resetRolePassword(
  neon: NeonClient,
  of: { readonly projectId: string; readonly branchId: string; readonly role: string },
  signal?: AbortSignal,
): Promise<string[]> {
  const reply = await neon.call({
    method: 'POST',
    path: path`/projects/${of.projectId}/branches/${of.branchId}/roles/${of.role}/reset_password`,
    reply: operationsReply,
    signal,
  });
  return startedBy(reply);
}
