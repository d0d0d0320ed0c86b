import type { FailureType } from './failures.js';

/** Why a step waits for its next attempt. */
export interface Wait {
  /** A sentence: why the last attempt failed, or that there is no worker, no Temporal or no catalog. */
  readonly reason: string;
  readonly type: FailureType | 'NoWorker' | 'NoTemporal' | 'NoCatalog';
  /** The number of failed attempts. */
  readonly attempts: number;
  /** When the step was first attempted, or a worker was last seen. ISO 8601. */
  readonly since?: string;
  /** When the next attempt is due. ISO 8601. */
  readonly nextAttemptAt?: string;
  /** Neon's id of the last failed request, for Neon's support. */
  readonly requestId?: string;
}

export interface StepProgress {
  readonly name: string;
  readonly status: 'waiting' | 'running' | 'done' | 'failed';
  /** When the step began. ISO 8601. */
  readonly startedAt?: string;
  /** When the step ended. ISO 8601. */
  readonly endedAt?: string;
  /** Set while the step waits for a certain moment. ISO 8601. */
  readonly until?: string;
  /** Why the step waits, while it is between two attempts or no worker is running. */
  readonly wait?: Wait;
}

/** A run's progress: its steps in order. */
export type Progress = readonly StepProgress[];

/**
 * A step as a run writes it into an activity's input. It omits what a reader can derive, because every byte of a
 * history costs storage. Times are in milliseconds: `at` since 1970, `took` since `at`.
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
