import { z } from 'zod';
import { accessProblem } from '../neon/access.js';
import { type AccountLimits, accountLimits } from '../neon/account-limits.js';
import { createNeonClient, path } from '../neon/neon-client.js';
import { NeonError } from '../neon/neon-error.js';
import { listRegions } from '../neon/regions.js';
import type { WorkerConfiguration } from './configuration.js';

export type { AccountLimits } from '../neon/account-limits.js';

/** Read-only checks of Neon, before any project is created. */
export interface NeonCheck {
  /** Why there was no proper response; `undefined` when there was one, even a refusal. */
  silence(): Promise<NeonSilence | undefined>;
  /** Why the key, the organization or the address is unusable. */
  accessProblem(): Promise<string | undefined>;
  /** The ids of the existing regions. Throws `NeonError`. */
  regions(): Promise<string[]>;
  /** The limits of the account, as far as Neon reports them. Throws `NeonError`. */
  limits(): Promise<AccountLimits>;
}

export interface NeonSilence {
  readonly why: string;
  /** The status with which Neon reported a fault of its own, if it responded. */
  readonly status: number | undefined;
}

type Settings = Pick<
  WorkerConfiguration,
  'NEON_API_KEY' | 'NEON_API_HOST' | 'NEON_API_INSECURE_HOST' | 'NEON_ORG_ID'
>;

/** @param timeoutMs The longest time for one call. */
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
