import { z } from 'zod';
import { type NeonClient, path } from './neon-client.js';

/** Asks Neon for a role's connection string, password and all, on a branch, or on the project's default one. */
export async function connectionUri(
  neon: NeonClient,
  of: {
    readonly projectId: string;
    readonly database: string;
    readonly role: string;
    readonly branchId?: string;
  },
  signal?: AbortSignal,
): Promise<string> {
  const { uri } = await neon.call({
    method: 'GET',
    path: path`/projects/${of.projectId}/connection_uri`,
    query: { database_name: of.database, role_name: of.role, branch_id: of.branchId },
    reply: z.object({ uri: z.string().min(1) }),
    signal,
  });
  return uri;
}
