import type { FailureType } from './failures.js';

/** Why a step waits for its next attempt. */
export interface Wait {
  /** In a sentence: why the last attempt failed, or that there is no worker, no Temporal or no catalog. */
  readonly reason: string;
  readonly type: FailureType | 'NoWorker' | 'NoTemporal' | 'NoCatalog';
  /** So many attempts have failed. */
  readonly attempts: number;
  /** ISO 8601: when the step was first tried, or a worker was last seen. */
  readonly since?: string;
  /** ISO 8601: when the next attempt is due. */
  readonly nextAttemptAt?: string;
  /** Neon's id of the request that failed last, for its support. */
  readonly requestId?: string;
}

export interface StepProgress {
  readonly name: string;
  readonly status: 'waiting' | 'running' | 'done' | 'failed';
  /** ISO 8601, once the step has begun. */
  readonly startedAt?: string;
  /** ISO 8601, once the step has ended. */
  readonly endedAt?: string;
  /** ISO 8601, while the step waits for a certain moment. */
  readonly until?: string;
  /** While its next attempt is still to come, after one that failed; or while no worker is there: why. */
  readonly wait?: Wait;
}

/** How far a run has come: its steps in order. */
export type Progress = readonly StepProgress[];

/**
 * A step as a run writes it into an activity's input, with what a reader can work out left out: a history is paid for by the byte.
 * Times are in milliseconds: `at` since 1970, `took` since then.
 */
export interface ReportedStep {
  readonly name: string;
  readonly at?: number;
  readonly took?: number;
  readonly failed?: true;
  readonly until?: string;
}

export function reported({ name, status, startedAt, endedAt, until }: StepProgress): ReportedStep {
  const at = startedAt === undefined ? undefined : Date.parse(startedAt);
  return {
    name,
    ...(at === undefined ? {} : { at }),
    ...(at === undefined || endedAt === undefined ? {} : { took: Date.parse(endedAt) - at }),
    ...(status === 'failed' ? { failed: true } : {}),
    ...(until === undefined ? {} : { until }),
  };
}

export function progressOf({ name, at, took, failed, until }: ReportedStep): StepProgress {
  if (at === undefined) return { name, status: 'waiting' };
  const startedAt = new Date(at).toISOString();
  if (took === undefined) return { name, status: 'running', startedAt, ...(until ? { until } : {}) };
  return {
    name,
    status: failed ? 'failed' : 'done',
    startedAt,
    endedAt: new Date(at + took).toISOString(),
  };
}
