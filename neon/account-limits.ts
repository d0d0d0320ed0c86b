import { z } from 'zod';
import { type NeonClient, path } from './neon-client.js';
import { NeonError } from './neon-error.js';

/** The limits of an account at Neon, as far as its API tells them; absent if it does not. */
export interface AccountLimits {
  /** The account's plan at Neon, by its API name: `free_v3`, `launch_v3`, … */
  readonly plan?: string;
  /** The largest compute, in compute units. */
  readonly maxCu?: number;
  /** The longest history, in seconds. */
  readonly historyRetentionSeconds?: number;
}

/**
 * Asks the owner of the projects for its limits: an organization only tells its plan, an account also the
 * largest compute. Both limits of the Free plan are known (neon.com/docs/introduction/plans): 2 compute
 * units, six hours. Throws {@link NeonError}, but not if the key may not ask.
 */
export async function accountLimits(neon: NeonClient, signal?: AbortSignal): Promise<AccountLimits> {
  const { plan, maxCu } = await (neon.orgId === undefined
    ? ofUser(neon, signal)
    : ofOrganization(neon, neon.orgId, signal));
  if (plan?.startsWith('free') !== true)
    return { ...(plan === undefined ? {} : { plan }), ...(maxCu === undefined ? {} : { maxCu }) };
  return { plan, maxCu: maxCu ?? 2, historyRetentionSeconds: 21_600 };
}

interface Told {
  readonly plan?: string | undefined;
  readonly maxCu?: number | undefined;
}

async function ofOrganization(neon: NeonClient, orgId: string, signal?: AbortSignal): Promise<Told> {
  const reply = z.object({ plan: z.string().optional() });
  return neon.call({ method: 'GET', path: path`/organizations/${orgId}`, reply, signal });
}

/** Only a personal key may ask. */
async function ofUser(neon: NeonClient, signal?: AbortSignal): Promise<Told> {
  const reply = z.object({
    plan: z.string().optional(),
    max_autoscaling_limit: z.number().positive().optional(),
  });
  try {
    const { plan, max_autoscaling_limit: maxCu } = await neon.call({
      method: 'GET',
      path: path`/users/me`,
      reply,
      signal,
    });
    return { plan, maxCu };
  } catch (error) {
    if (error instanceof NeonError && error.type !== 'NeonUnavailable') return {};
    throw error;
  }
}
