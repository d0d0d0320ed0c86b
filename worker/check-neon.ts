import { z } from 'zod';
import { accessProblem } from '../neon/access.js';
import { type AccountLimits, accountLimits } from '../neon/account-limits.js';
import { createNeonClient, path } from '../neon/neon-client.js';
import { NeonError } from '../neon/neon-error.js';
import { listRegions } from '../neon/regions.js';
import type { WorkerConfiguration } from './configuration.js';

export type { AccountLimits } from '../neon/account-limits.js';

/** What can be asked of Neon before any project is made. Nothing is changed there. */
export interface NeonCheck {
  /** Why no good answer came; nothing when one did, be it a refusal. */
  silence(): Promise<NeonSilence | undefined>;
  /** Why the key, the organization or the address cannot serve. */
  accessProblem(): Promise<string | undefined>;
  /** The ids of the regions that there are. Throws `NeonError`. */
  regions(): Promise<string[]>;
  /** What the account may have, as far as Neon says it. Throws `NeonError`. */
  limits(): Promise<AccountLimits>;
}

export interface NeonSilence {
  readonly why: string;
  /** What Neon answered with, where it answered that it is unwell. */
  readonly status: number | undefined;
}

type Settings = Pick<
  WorkerConfiguration,
  'NEON_API_KEY' | 'NEON_API_HOST' | 'NEON_API_INSECURE_HOST' | 'NEON_ORG_ID'
>;

/** @param timeoutMs The longest that one call may take. */
export function checkNeon(
  {
    NEON_API_KEY: apiKey,
    NEON_API_HOST: host,
    NEON_API_INSECURE_HOST: insecureHost,
    NEON_ORG_ID: orgId,
  }: Settings,
  timeoutMs: number,
): NeonCheck {
  const neon = createNeonClient({
    apiKey,
    host,
    insecureHost,
    timeoutMs,
    ...(orgId === undefined ? {} : { orgId }),
  });
  return {
    async silence() {
      try {
        await neon.call({ method: 'GET', path: path`/auth`, reply: z.unknown() });
      } catch (error) {
        if (!(error instanceof NeonError)) throw error;
        if (error.type !== 'NeonUnavailable') return undefined;
        return { why: error.message, status: error.details.status };
      }
      return undefined;
    },
    accessProblem: () => accessProblem(neon),
    regions: () => listRegions(neon),
    limits: () => accountLimits(neon),
  };
}
