import { z } from 'zod';

/**
 * What the reconcile that every worker schedules may do. This is a worker setting: a change takes effect when a
 * worker starts.
 */
export const reconcileSchema = z.strictObject({
  /** Whether it mends its findings. Otherwise it only reports them, in `tenantry attention`. @default false */
  apply: z.boolean().default(false),
  /** Whether it wakes sleeping computes, to check their databases and to repair. @default false */
  wake: z.boolean().default(false),
  /** The most projects that one run deletes. @default 5 */
  deletions: z.int().min(0).max(100).default(5),
});

/** The most tenants that one run repairs, projects that it quarantines, and tenants that it checks. */
export const reconcileLimits = { tenants: 20, quarantines: 10, looks: 200 } as const;

/**
 * Whether the next reconcile is overdue, counted from the beginning of the last one. Neither its own duration nor one
 * missed run makes it late.
 */
export function isReconcileLate({ beganAt }: { readonly beganAt: Date }, everyMs: number): boolean {
  return Date.now() - beganAt.getTime() > 2.5 * everyMs;
}
