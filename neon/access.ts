import { z } from 'zod';
import { type NeonClient, path } from './neon-client.js';
import { NeonError } from './neon-error.js';

/** Why a key or an address cannot serve, as a sentence with its cure; nothing when they can. */
export async function accessProblem(neon: NeonClient, signal?: AbortSignal): Promise<string | undefined> {
  try {
    await neon.call({
      method: 'GET',
      path: path`/auth`,
      reply: z.object({ account_id: z.string(), auth_method: z.string() }),
      signal,
    });
    // A key made for one project answers /auth as well, but lists no organization's projects and makes none.
    await neon.call({
      method: 'GET',
      path: path`/projects`,
      query: { limit: 1, org_id: neon.orgId },
      reply: z.object({ projects: z.array(z.unknown()) }),
      signal,
    });
    return undefined;
  } catch (error) {
    if (!(error instanceof NeonError)) throw error;
    return problemOf(error, neon);
  }
}

function problemOf(error: NeonError, neon: NeonClient): string {
  const onProjects = error.message.includes('/projects');
  if (error.type === 'NeonUnauthorized' && error.details.status === 401) {
    return `NEON_API_KEY is not a key that ${neon.host} knows. Make one in Neon's console under Settings, API keys.`;
  }
  if (onProjects && error.type === 'NeonBadRequest' && error.message.includes('org_id')) {
    return 'NEON_API_KEY is a personal key, so NEON_ORG_ID must name the organization to make projects in.';
  }
  if (onProjects && (error.type === 'NeonUnauthorized' || error.type === 'NeonNotFound')) {
    return `NEON_API_KEY may not list the projects of ${neon.orgId ?? 'its organization'}: a key made for one project cannot make others. Use an organization's key, and its id in NEON_ORG_ID.`;
  }
  if (error.type === 'NeonUnavailable') {
    return `Neon's API does not answer at NEON_API_HOST ${neon.host} (${error.message}).`;
  }
  return `NEON_API_HOST ${neon.host} does not answer as Neon's API v2 does (${error.message}). It usually ends in /api/v2.`;
}
