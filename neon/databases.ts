import { z } from 'zod';
import { type NeonClient, path } from './neon-client.js';
import { neonName } from './shapes.js';

const databaseSchema = z.object({ name: neonName.min(1), owner_name: neonName.min(1) });

export type NeonDatabase = z.infer<typeof databaseSchema>;

/** The databases of a branch that were created through Neon, without those created in SQL. */
export async function listDatabases(
  neon: NeonClient,
  of: { readonly projectId: string; readonly branchId: string },
  signal?: AbortSignal,
): Promise<NeonDatabase[]> {
  const reply = await neon.call({
    method: 'GET',
    path: path`/projects/${of.projectId}/branches/${of.branchId}/databases`,
    reply: z.object({ databases: z.array(databaseSchema) }),
    signal,
  });
  return reply.databases;
}
