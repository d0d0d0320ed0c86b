import { z } from 'zod';

/** What the reconcile that every worker schedules may do. It is the worker's, so a change holds from a worker's start. */
export const reconcileSchema = z.strictObject({
  /** Whether it mends what it finds. Otherwise it only tells, in `tenantry attention`. @default false */
  apply: z.boolean().default(false),
  /** Whether it wakes computes that sleep, to look into their databases and to repair. @default false */
  wake: z.boolean().default(false),
  /** The most projects that one run deletes. @default 5 */
  deletions: z.int().min(0).max(100).default(5),
});

/** One run repairs this many tenants at most, takes this many projects into quarantine, and looks into this many tenants. */
export const reconcileLimits = { tenants: 20, quarantines: 10, looks: 200 } as const;

/** Whether a fleet should have been reconciled again since a reconcile began: it is not late by its own length, nor by one that was missed. */
export function isReconcileLate({ beganAt }: { readonly beganAt: Date }, everyMs: number): boolean {
  return Date.now() - beganAt.getTime() > 2.5 * everyMs;
}
