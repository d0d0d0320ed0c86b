import { NeonError } from '../errors.js';
import type { Project } from '../state/records.js';
import type { Amounts } from './amounts.js';

/** What a project's quota may limit for all of its branches together, and how it is counted. */
const measures = {
  active_time_seconds: ({ activeMs }: Amounts) => activeMs / 1000,
  compute_time_seconds: ({ computeUnitMs }: Amounts) => computeUnitMs / 1000,
  written_data_bytes: ({ writtenBytes }: Amounts) => writtenBytes,
  data_transfer_bytes: ({ transferBytes }: Amounts) => transferBytes,
} as const;

export type QuotaName = keyof typeof measures;

/** Neon's own words, and the reason its proxy knows each by. */
const refusals: Readonly<Record<QuotaName, readonly [code: string, subject: string]>> = {
  active_time_seconds: ['ACTIVE_TIME_QUOTA_EXCEEDED', 'Your project has exceeded the active time'],
  compute_time_seconds: [
    'COMPUTE_TIME_QUOTA_EXCEEDED',
    'Your account or project has exceeded the compute time',
  ],
  written_data_bytes: ['WRITTEN_DATA_QUOTA_EXCEEDED', 'Your project has exceeded the written data'],
  data_transfer_bytes: ['DATA_TRANSFER_QUOTA_EXCEEDED', 'Your project has exceeded the data transfer'],
};

/** A compute may not start. To a Postgres client it is an internal error, as Neon's proxy says it. */
export class QuotaExceeded extends NeonError {
  readonly sqlState = 'XX000';

  constructor(quota: QuotaName) {
    const [code, subject] = refusals[quota];
    super(402, `${subject} quota. Upgrade your plan to increase limits.`, code);
  }
}

export type Quota = Readonly<Partial<Record<QuotaName | 'logical_size_bytes', number>>>;

/** The limits that are set: nothing and zero both mean that there is none. */
export function quotaOf({ settings: { quota } }: Project): Quota {
  const given: Record<string, unknown> = typeof quota === 'object' && quota !== null ? { ...quota } : {};
  return Object.fromEntries(
    Object.entries(given).filter(([, limit]) => typeof limit === 'number' && limit > 0),
  );
}

/** The first quota that has been used up. */
export function exceeded(quota: Quota, used: Amounts): QuotaName | undefined {
  return quotaNames.find((name) => measures[name](used) >= (quota[name] ?? Number.POSITIVE_INFINITY));
}

const quotaNames = Object.keys(measures).filter((name): name is QuotaName => name in refusals);

/** How long so many compute units may still run until a quota of time is used up, in milliseconds. */
export function timeLeft(quota: Quota, used: Amounts, computes: number, computeUnits: number): number {
  const rates = { active_time_seconds: computes, compute_time_seconds: computeUnits };
  const left = (name: keyof typeof rates) =>
    quota[name] === undefined
      ? Number.POSITIVE_INFINITY
      : ((quota[name] - measures[name](used)) * 1000) / rates[name];
  return Math.max(0, Math.min(left('active_time_seconds'), left('compute_time_seconds')));
}
