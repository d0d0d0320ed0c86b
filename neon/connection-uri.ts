import { z } from 'zod';
import { type NeonClient, path } from './neon-client.js';
import { NeonError } from './neon-error.js';
import { type Login, trustedUri } from './trusted-uri.js';

/**
 * Asks Neon for a role's connection string, including the password, on a branch or on the project's default
 * branch. Throws `NeonContractViolation` for a string that leads elsewhere: see {@link trustedUri}.
 */
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
  const call = {
    method: 'GET',
    path: path`/projects/${of.projectId}/connection_uri`,
    query: { database_name: of.database, role_name: of.role, branch_id: of.branchId },
    reply: z.object({ uri: z.string().min(1) }),
    signal,
  } as const;
  const { uri } = await neon.call(call);
  return trusted(neon, `${call.method} ${call.path}`, uri, of);
}

/** The one place where connection strings leave `neon/`. */
export function trusted(neon: NeonClient, call: string, given: string, login: Login): string {
  const trust = trustedUri(given, login, neon.databaseHosts);
  if ('uri' in trust) return trust.uri;
  throw new NeonError('NeonContractViolation', `${call}: the connection string ${trust.problem}`);
}
