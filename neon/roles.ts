import { type NeonClient, path } from './neon-client.js';
import { operationsReply, startedBy } from './started-operations.js';

/**
 * Gives a role a new password, which works once the operations are finished, and the one before until then; connections
 * to the compute are dropped. Said twice, there are two new passwords, and the later holds. What Neon tells of the
 * password here is not read: `connectionUri` tells the one that holds. Returns the operations that it started.
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
