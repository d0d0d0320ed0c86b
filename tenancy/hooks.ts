import { z } from 'zod';
import type { TenantId } from './tenant-id.js';

/** How much of a tenant's budget is spent. */
export interface BudgetReached {
  /** One of the plan's `budget.warnAt`. */
  readonly percent: number;
  readonly usd: number;
  readonly spentUsd: number;
  /** The month, such as `2026-11`. */
  readonly period: string;
}

/** The tenant that a hook is called for, without secrets. */
export interface HookTenant {
  readonly fleet: string;
  readonly id: TenantId;
  readonly plan: string;
  /** `undefined` once the project is deleted. */
  readonly projectId: string | undefined;
  /**
   * The same for every attempt of this hook in this run, and different for all others. Use it as the key of whatever
   * must happen once.
   */
  readonly idempotencyKey: string;
  /** The budget warning; only for `budgetReached`. */
  readonly budget?: BudgetReached;
  /** Aborted when the operation is cancelled or the worker stops. */
  readonly signal: AbortSignal;
}

/** The part of a connection that a hook needs; `pg.Client` has it. */
export interface SqlClient {
  query<Row extends object>(text: string, values?: readonly unknown[]): Promise<{ readonly rows: Row[] }>;
}

/** Access to the tenant's database: each call opens a connection, uses it and closes it. */
export interface HookDatabase {
  asOwner<T>(work: (client: SqlClient) => Promise<T>): Promise<T>;
  /** Runs the work as the tenant's own limited role. */
  asApp<T>(work: (client: SqlClient) => Promise<T>): Promise<T>;
}

/**
 * A user-defined function. It runs as an activity: when it throws, it is retried until `timings.hookDeadline`, so it
 * may run more than once. A non-retryable `ApplicationFailure` is not retried.
 */
export type Hook = (tenant: HookTenant, db: HookDatabase) => Promise<void>;

const hook = z.custom<Hook>((value) => typeof value === 'function', 'is a function').optional();

/**
 * When the user's own code is called. A hook before a change is part of the operation: when it fails, the operation
 * fails. A hook after a change cannot stop it: a failure is recorded in the tenant's history, and the change stays.
 */
export const hooksSchema = z.strictObject({
  /** Before a new tenant becomes ready: its database is migrated, and its role is verified. */
  onboarded: hook,
  /** Before an offboarding takes anything from the tenant. */
  offboarding: hook,
  /** After all connections are blocked; nobody can connect. */
  suspended: hook,
  /** After the tenant can connect again. */
  resumed: hook,
  planChanged: hook,
  /** Once the project is certainly gone; nobody can connect. */
  offboarded: hook,
  /**
   * Independent of operations: this part of the month's budget is spent. Called once for each of the plan's
   * `budget.warnAt`.
   */
  budgetReached: hook,
});

export type Hooks = z.output<typeof hooksSchema>;
export type HookName = keyof Hooks;

/** The names of the hooks that a fleet has. */
export function hookNames(hooks: Hooks): HookName[] {
  return hooksSchema.keyof().options.filter((name) => hooks[name] !== undefined);
}
