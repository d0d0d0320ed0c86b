import { z } from 'zod';
import { backupsSchema } from './backups.js';
import { budgetSchema } from './budget.js';
import { poolSchema } from './pool.js';
import { quotaSchema } from './quota.js';
import { storableText } from './storable-text.js';

/**
 * The settings of a tenant's project. Neon decides what a plan omits, and a change of plan leaves it unchanged.
 * Everything else goes into the one `POST /projects`: Neon advises to set limits when the project is created, and a
 * second call could fail on its own.
 * The bounds are those of Neon's API description.
 */
export const planSchema = z.strictObject({
  /** Neon's id of the region, such as `aws-us-east-1`. */
  region: storableText.min(1),
  /** Postgres major version. @default 17 */
  postgres: z.int().min(14).max(18).default(17),
  compute: z
    .strictObject({
      /** The minimum and maximum of autoscaling, in compute units. 1 CU is 1 vCPU and 4 GB. */
      minCu: z.number().min(0.25).default(0.25),
      maxCu: z.number().min(0.25).default(1),
      /** Idle seconds until the compute sleeps; 0 is Neon's default (300), -1 is never. @default what Neon gives the account */
      suspendAfterSeconds: z.union([z.literal(-1), z.literal(0), z.int().min(60).max(604_800)]).optional(),
    })
    .refine(({ minCu, maxCu }) => minCu <= maxCu, { error: 'minCu is above maxCu' })
    .prefault({}),
  /**
   * How far back a restore can reach, in seconds. Neon's Free plan allows 21,600 at most. @default what Neon gives the account
   */
  historyRetentionSeconds: z.int().min(0).max(2_592_000).optional(),
  /** Limits for one billing period; absent or 0 is unlimited. */
  quota: quotaSchema.prefault({}),
  /** How much a tenant may cost in a month: docs/cost.md. It needs the fleet's `metering`. @default no limit */
  budget: budgetSchema.optional(),
  /** Policy for snapshots of each tenant: docs/backups.md. @default none */
  backups: backupsSchema.optional(),
  /** Projects made ahead, so that an onboarding does not wait for Neon: docs/warm-pool.md. @default none */
  pool: poolSchema.optional(),
});

export type Plan = z.infer<typeof planSchema>;
