import { z } from 'zod';
import type { TenantId } from './tenant-id.js';

/** How far a tenant's budget is spent. */
export interface BudgetReached {
  /** Of the plan's `budget.warnAt`. */
  readonly percent: number;
  readonly usd: number;
  readonly spentUsd: number;
  /** The month, such as `2026-11`. */
  readonly period: string;
}

/** The tenant that a hook is called for: nothing in it is secret. */
export interface HookTenant {
  readonly fleet: string;
  readonly id: TenantId;
  readonly plan: string;
  /** `undefined` once the project is deleted. */
  readonly projectId: string | undefined;
  /** The same for every attempt of this hook of this run, and for no other: what is done under it is done once. */
  readonly idempotencyKey: string;
  /** What was reached, for `budgetReached` alone. */
  readonly budget?: BudgetReached;
  /** Aborted when the operation is cancelled or the worker stops. */
  readonly signal: AbortSignal;
}

/** A connection, as far as a hook needs one; `pg.Client` is one. */
export interface SqlClient {
  query<Row extends object>(text: string, values?: readonly unknown[]): Promise<{ readonly rows: Row[] }>;
}

/** The way into the tenant's database: a connection is opened, used and closed again. */
export interface HookDatabase {
  asOwner<T>(work: (client: SqlClient) => Promise<T>): Promise<T>;
  /** As the tenant's own limited role. */
  asApp<T>(work: (client: SqlClient) => Promise<T>): Promise<T>;
}

/**
 * A function of the user's. It runs as an activity: tried again when it throws, until `timings.hookDeadline`, and so
 * perhaps more than once. An `ApplicationFailure` that is not retryable is not tried again.
 */
export type Hook = (tenant: HookTenant, db: HookDatabase) => Promise<void>;

const hook = z.custom<Hook>((value) => typeof value === 'function', 'is a function').optional();

/**
 * When the user's own code is called. Those before a change belong to it: when one fails, so does the operation. Those
 * after a change come too late for that: a failure is noted in the tenant's history, and what was done stays done.
 */
export const hooksSchema = z.strictObject({
  /** Before a new tenant is called ready: its database is migrated, its role verified. */
  onboarded: hook,
  /** Before anything is taken from a tenant that is being offboarded. */
  offboarding: hook,
  /** After everyone is shut out; nobody can connect. */
  suspended: hook,
  /** After the tenant was let in again. */
  resumed: hook,
  planChanged: hook,
  /** After the project is certainly gone; nobody can connect. */
  offboarded: hook,
  /** Beside any operation: so much of the month's budget is spent. Once for each of the plan's `budget.warnAt`. */
  budgetReached: hook,
});

export type Hooks = z.output<typeof hooksSchema>;
export type HookName = keyof Hooks;

/** The names of all hooks. */
export function hookNames(hooks: Hooks): HookName[] {
  return hooksSchema.keyof().options.filter((name) => hooks[name] !== undefined);
}
