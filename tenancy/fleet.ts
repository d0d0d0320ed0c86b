import { z } from 'zod';
import { appRoleSchema } from './app-role.js';
import { attributeNamesSchema } from './attribute-names.js';
import { quotaWithin } from './budget.js';
import { drillsSchema } from './drills.js';
import { fleetNamePattern, fleetNameRule } from './fleet-name.js';
import { hooksSchema } from './hooks.js';
import { meteringSchema, ratesFor } from './metering.js';
import { planSchema } from './plan.js';
import { reconcileSchema } from './reconcile-settings.js';
import { schedulesSchema } from './schedules.js';
import { isSecretStore, type SecretStore } from './secret-store.js';
import { storableText } from './storable-text.js';
import { timingsSchema } from './timings.js';

const fields = z.strictObject({
  /** The name is part of every project's and workflow's name: it is short, and never changes. */
  name: z.string().regex(fleetNamePattern, fleetNameRule),
  plans: z
    .record(z.string().regex(/^[a-z0-9][a-z0-9-]{0,31}$/, 'is a short lower-case name'), planSchema)
    .refine((plans) => Object.keys(plans).length > 0, 'has at least one plan'),
  /** The plan of a tenant that is onboarded without one. */
  defaultPlan: z.string().optional(),
  /** The folder of SQL files that migrate every tenant's database, relative to the fleet's file. */
  migrations: z.string().optional(),
  /** The rights of each tenant's own role. @default reads and writes the tables of migrations */
  appRole: appRoleSchema.prefault({}),
  /**
   * Your own logins that tenants' databases may have besides the tenant's, such as one for reports. When any other
   * login turns up later, an operation fails with `RoleUnfit`. @default none
   */
  logins: z.array(storableText.min(1).max(63)).default([]),
  /** Workflows that run on a schedule, by name. `tenantry schedule apply` makes Temporal match. @default none */
  schedules: schedulesSchema.default({}),
  /** The user's own functions, called during operations. @default none */
  hooks: hooksSchema.prefault({}),
  /** Where the tenants' secrets live. @default the catalog, sealed with `TENANTRY_SEAL_KEY` */
  secrets: z
    .custom<SecretStore>(
      isSecretStore,
      'is a store of secrets, with put, keep, open, remove, kinds and forget',
    )
    .optional(),
  /**
   * Whether Temporal's data about runs is encrypted with a key derived from the first key in `TENANTRY_SEAL_KEY`:
   * inputs, results, failures, memos, queries. Ids, types and search attributes are not encrypted. See
   * docs/payload-encryption.md. @default false
   */
  encryptPayloads: z.boolean().default(false),
  /**
   * What identifies a tenant where Temporal shows it to everyone and encryption does not reach: workflow ids, search
   * attributes, summaries. `digest` is a digest that can neither be reversed nor guessed. It needs `encryptPayloads`,
   * or your own codec. @default id
   */
  visibleTenant: z.enum(['id', 'digest']).default('id'),
  /**
   * The names of the search attributes at Temporal, for a namespace that already uses our names for others. @default
   * TenantId, Fleet, Plan, Stage
   */
  searchAttributes: attributeNamesSchema.prefault({}),
  /** What the reconcile that every worker schedules may do. @default it reports its findings, and changes nothing */
  reconcile: reconcileSchema.prefault({}),
  /** Meters what the tenants use and cost: docs/cost.md. It needs one of Neon's paid plans. @default no metering */
  metering: meteringSchema.optional(),
  /**
   * Tests backups: restores one to a branch at intervals, and checks its contents: docs/backups.md. @default no
   * drills
   */
  drills: drillsSchema.optional(),
  timings: timingsSchema.prefault({}),
});

/**
 * A fleet: the tenants of one product, which differ only in their plans. A plan's budget is already converted to Neon
 * quotas.
 */
export const fleetSchema = withQuotas(fields);

function withQuotas(schema: typeof fields) {
  return schema
    .check(({ value: { plans, metering }, issues }) => {
      for (const [name, { budget }] of Object.entries(plans))
        if (budget !== undefined && metering === undefined)
          issues.push({
            code: 'custom',
            path: ['plans', name, 'budget'],
            message: "needs the fleet's metering, which says what usage costs",
            input: budget,
          });
    })
    .transform(({ plans, ...fleet }) => ({ ...fleet, plans: withBudgets(plans, fleet.metering) }));
}

function withBudgets(
  plans: z.output<typeof fields>['plans'],
  metering: z.output<typeof fields>['metering'],
): z.output<typeof fields>['plans'] {
  if (metering === undefined) return plans;
  const rates = ratesFor(metering);
  return Object.fromEntries(
    Object.entries(plans).map(([name, plan]) => [
      name,
      plan.budget === undefined ? plan : { ...plan, quota: quotaWithin(plan.budget, plan.quota, rates) },
    ]),
  );
}

/** A fleet as its file declares it, without defaults. */
export type FleetDefinition<PlanName extends string = string> = OfPlans<
  z.input<typeof fleetSchema>,
  PlanName
>;
/** A fleet after parsing, with all defaults. */
export type Fleet<PlanName extends string = string> = OfPlans<z.output<typeof fleetSchema>, PlanName>;

/** The names of the plans are part of the type, so a backend that requests an unknown plan does not compile. */
type OfPlans<Schema extends { plans: Record<string, unknown> }, PlanName extends string> = Omit<
  Schema,
  'plans' | 'defaultPlan'
> & {
  plans: Record<PlanName, Schema['plans'][string]>;
  defaultPlan?: NoInfer<PlanName> | undefined;
};

/** Checks a fleet once, where it is defined. Throws a `ZodError` that lists every problem with its path. */
export function defineFleet<PlanName extends string>(definition: FleetDefinition<PlanName>): Fleet<PlanName> {
  const named = fields.refine(
    ({ plans, defaultPlan }) => defaultPlan === undefined || Object.hasOwn(plans, defaultPlan),
    {
      path: ['defaultPlan'],
      error: 'names no plan of this fleet',
    },
  );
  const fleet = withQuotas(named).parse(definition);
  return fleet as Fleet<PlanName>;
}
