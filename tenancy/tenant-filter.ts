import { z } from 'zod';
import { failureCures } from './failure-cures.js';
import type { FailureType } from './failures.js';
import { type TenantState, tenantStates } from './lifecycle.js';
import { isStorable } from './storable.js';

/** One value, or several alternatives. */
export type OneOrMore<T> = T | readonly T[];

/**
 * Selects tenants of a fleet. Every given field must match, and an empty filter selects all tenants. The filter is a
 * JSON value, or can be converted to one. The catalog has an index for every field.
 */
export interface TenantFilter {
  readonly state?: OneOrMore<TenantState> | undefined;
  /** May be a plan that the fleet no longer has, because tenants may still be on it. */
  readonly plan?: OneOrMore<string> | undefined;
  /** Neon's id of the region that the live project is in. Tenants without a live project match none. */
  readonly region?: OneOrMore<string> | undefined;
  /** The type of the failure that the last operation ended with. */
  readonly failure?: OneOrMore<FailureType> | undefined;
  /** Whether the tenant needs a person: see `attentionTo`. */
  readonly attention?: boolean | undefined;
  readonly idPrefix?: string | undefined;
  /** At this time or later: a `Date`, ISO 8601 with an offset, or a date, which begins at midnight UTC. */
  readonly createdSince?: Date | string | undefined;
  /** Before this time, exclusively, so that one filter's end can be the next one's beginning. */
  readonly createdBefore?: Date | string | undefined;
  readonly updatedSince?: Date | string | undefined;
  readonly updatedBefore?: Date | string | undefined;
}

const failureTypes = Object.keys(failureCures) as readonly FailureType[];

const text = z
  .string({ error: 'is a text' })
  .min(1, 'is not empty')
  .refine(isStorable, 'holds U+0000 or half a surrogate pair, which no database can store');

const state = z.enum(tenantStates, { error: `is one of ${tenantStates.join(', ')}` });
const failure = z.enum(failureTypes, { error: `is one of ${failureTypes.join(', ')}` });

const time = z
  .union([z.date(), z.iso.datetime({ offset: true }), z.iso.date()], {
    error: 'is a time with its offset, such as 2026-03-01T12:00:00Z, or a day, such as 2026-03-01',
  })
  .transform((value) => new Date(value))
  // Postgres cannot store a time as early as the earliest `Date`.
  .refine((value) => value.getUTCFullYear() >= 1, 'is before the year 1');

/** An empty list would match no tenant, and is more likely a mistake. */
const anyOf = <T extends z.ZodType>(value: T) =>
  z.preprocess(
    (given) => (Array.isArray(given) ? given : [given]),
    z.array(value).min(1, 'names at least one'),
  );

/**
 * Checks a filter on input. The output has a list in place of each single value, and a `Date` in place of each time.
 */
export const tenantFilterSchema = z.strictObject({
  state: anyOf(state).optional(),
  plan: anyOf(text).optional(),
  region: anyOf(text).optional(),
  failure: anyOf(failure).optional(),
  attention: z.boolean({ error: 'is true or false' }).optional(),
  idPrefix: text.optional(),
  createdSince: time.optional(),
  createdBefore: time.optional(),
  updatedSince: time.optional(),
  updatedBefore: time.optional(),
});

/** A checked filter. */
export type CheckedTenantFilter = z.output<typeof tenantFilterSchema>;
