import { z } from 'zod';
import { type NeonClient, path } from './neon-client.js';
import { NeonError, type NeonFailureType } from './neon-error.js';
import { neonId } from './shapes.js';

/** Why a key, an organization or an address does not work. */
export interface AccessProblem {
  /** A sentence with its cure. */
  readonly message: string;
  /** Neon is unavailable or rate-limits us, so nothing is known about the key yet. */
  readonly passing: boolean;
}

/**
 * Why a key, an organization or an address does not work, as a sentence with its cure; nothing if they work.
 * It only makes read calls: whether a key may create projects shows only when it creates one.
 */
export async function accessProblem(neon: NeonClient, signal?: AbortSignal): Promise<string | undefined> {
  return (await findAccessProblem(neon, signal))?.message;
}

/** The same, and whether the problem passes on its own. */
export async function findAccessProblem(
  neon: NeonClient,
  signal?: AbortSignal,
): Promise<AccessProblem | undefined> {
  return (await problemWithKey(neon, signal)) ?? (await problemWithPowers(neon, signal));
}

/**
 * The owner of the projects that a key creates and sees: an organization or, for a personal key without one,
 * its account. Throws {@link NeonError}.
 */
export async function ownerOfProjects(neon: NeonClient, signal?: AbortSignal): Promise<string> {
  if (neon.orgId !== undefined) return neon.orgId;
  const reply = z.object({ account_id: neonId });
  const { account_id } = await neon.call({ method: 'GET', path: path`/auth`, reply, signal });
  return account_id;
}

function problemWithKey(neon: NeonClient, signal?: AbortSignal): Promise<AccessProblem | undefined> {
  const reply = z.object({ account_id: z.string(), auth_method: z.string() });
  return problemWith(
    neon.call({ method: 'GET', path: path`/auth`, reply, signal }),
    neon,
    ({ type, message }) =>
      type === 'NeonKeyRefused'
        ? `NEON_API_KEY is not a key that ${neon.host} knows. Make one in Neon's console under Settings, API keys.`
        : `NEON_API_HOST ${neon.host} does not answer as Neon's API v2 does (${message}). It usually ends in /api/v2.`,
  );
}

/** A key for a single project passes at `/auth` like any other, but sees no organization. */
function problemWithPowers(neon: NeonClient, signal?: AbortSignal): Promise<AccessProblem | undefined> {
  const { orgId } = neon;
  if (orgId === undefined) {
    const reply = z.object({ projects: z.array(z.unknown()) });
    return problemWith(
      neon.call({ method: 'GET', path: path`/projects`, query: { limit: 1 }, reply, signal }),
      neon,
      ({ message }) =>
        `NEON_API_KEY needs NEON_ORG_ID beside it, the organization to make projects in (${message}).`,
    );
  }
  const reply = z.object({ id: z.literal(orgId) });
  return problemWith(
    neon.call({ method: 'GET', path: path`/organizations/${orgId}`, reply, signal }),
    neon,
    ({ message }) =>
      `NEON_API_KEY has no power over NEON_ORG_ID ${orgId} (${message}). A key made for one project cannot make others: use an organization's key, or a personal key of a member.`,
  );
}

/** Failures that say nothing about the key or the address, and pass on their own. */
const passing: { readonly [Type in NeonFailureType]?: (error: NeonError, host: string) => string } = {
  NeonRateLimited: ({ message }) => `Neon's rate limit is used up just now (${message}).`,
  NeonUnavailable: ({ message, details }, host) =>
    details.status === undefined
      ? `Neon's API does not answer at NEON_API_HOST ${host} (${message}).`
      : `Neon's API at NEON_API_HOST ${host} answers that it is unwell (${message}): https://neonstatus.com says whether others see the same.`,
};

/** Makes the call, and explains its failure; returns nothing if it succeeds. */
async function problemWith(
  call: Promise<unknown>,
  { host }: NeonClient,
  explain: (error: NeonError) => string,
): Promise<AccessProblem | undefined> {
  try {
    await call;
    return undefined;
  } catch (error) {
    if (!(error instanceof NeonError)) throw error;
    const words = passing[error.type];
    return { message: (words ?? explain)(error, host), passing: words !== undefined };
  }
}
