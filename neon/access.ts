import { z } from 'zod';
import { type NeonClient, path } from './neon-client.js';
import { NeonError } from './neon-error.js';

/**
 * Why a key, an organization or an address cannot serve, as a sentence with its cure; nothing when they can. It only
 * asks: whether a key may make projects shows in the end when it makes one.
 */
export async function accessProblem(neon: NeonClient, signal?: AbortSignal): Promise<string | undefined> {
  return (await problemWithKey(neon, signal)) ?? (await problemWithPowers(neon, signal));
}

async function problemWithKey(neon: NeonClient, signal?: AbortSignal): Promise<string | undefined> {
  const reply = z.object({ account_id: z.string(), auth_method: z.string() });
  const error = await refusalOf(neon.call({ method: 'GET', path: path`/auth`, reply, signal }));
  if (error === undefined) return undefined;
  switch (error.type) {
    case 'NeonUnauthorized':
      return `NEON_API_KEY is not a key that ${neon.host} knows. Make one in Neon's console under Settings, API keys.`;
    case 'NeonUnavailable':
      return `Neon's API does not answer at NEON_API_HOST ${neon.host} (${error.message}).`;
    default:
      return `NEON_API_HOST ${neon.host} does not answer as Neon's API v2 does (${error.message}). It usually ends in /api/v2.`;
  }
}

/** A key that was made for one project passes for any other at `/auth`, but sees no organization. */
async function problemWithPowers(neon: NeonClient, signal?: AbortSignal): Promise<string | undefined> {
  const { orgId } = neon;
  if (orgId === undefined) {
    const reply = z.object({ projects: z.array(z.unknown()) });
    const list = neon.call({ method: 'GET', path: path`/projects`, query: { limit: 1 }, reply, signal });
    const error = await refusalOf(list);
    return (
      error &&
      `NEON_API_KEY needs NEON_ORG_ID beside it, the organization to make projects in (${error.message}).`
    );
  }
  const reply = z.object({ id: z.literal(orgId) });
  const error = await refusalOf(
    neon.call({ method: 'GET', path: path`/organizations/${orgId}`, reply, signal }),
  );
  return (
    error &&
    `NEON_API_KEY has no power over NEON_ORG_ID ${orgId} (${error.message}). A key made for one project cannot make others: use an organization's key, or a personal key of a member.`
  );
}

/** How Neon refused a call; nothing when it did not. */
async function refusalOf(call: Promise<unknown>): Promise<NeonError | undefined> {
  try {
    await call;
    return undefined;
  } catch (error) {
    if (error instanceof NeonError) return error;
    throw error;
  }
}
