import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { Fleet } from '../../tenancy/fleet.js';
import {
  isOperation,
  type RolloutPace,
  type RolloutVerb,
  rolloutVerbs,
  type Wave,
} from '../../tenancy/rollout.js';
import { rolloutPaceSchema, waveSchema } from '../../tenancy/rollout-schemas.js';
import { textProblem } from '../../tenancy/storable.js';
import { type TenantFilter, tenantFilterSchema } from '../../tenancy/tenant-filter.js';
import { RequestUnfitError, UnknownPlanError } from '../errors.js';

/** The tenants and the pace of a rollout. */
export interface RolloutOptions {
  /** @default all tenants of the fleet */
  readonly where?: TenantFilter;
  /**
   * Its waves, one after the other: the next one begins when every tenant of the one before has been treated, and its
   * soak is over. The last one has all remaining tenants. @default one
   */
  readonly waves?: readonly Wave[];
  /** The number of tenants at once, from 1 to 200. @default 10 */
  readonly parallel?: number;
  /** When more tenants than this have failed, no more begin. @default 0 */
  readonly maxFailures?: number;
  /** The number of tenants that may begin in a minute. @default as many as `parallel` allows */
  readonly perMinute?: number;
}

/** The work on each tenant. */
export type RolloutAction<PlanName extends string = string> =
  | {
      readonly verb: 'migrate';
      /** The newest migration to apply, without `.sql`. @default the newest that the workers have */
      readonly to?: string;
      /**
       * Leaves sleeping tenants alone: each is migrated when its application next requests its pool, and those that
       * still sleep after this many milliseconds are woken. @default all are woken in their turn
       */
      readonly wakeAfterMs?: number;
    }
  | { readonly verb: 'changePlan'; readonly plan: PlanName }
  | { readonly verb: 'rotateCredentials'; readonly owner?: boolean; readonly now?: boolean }
  | { readonly verb: 'suspend' | 'resume' | 'repair' }
  | { readonly verb: 'snapshot'; readonly name?: string; readonly ttlMs?: number }
  | { readonly verb: 'branch'; readonly name: string; readonly ttlMs?: number }
  | {
      readonly verb: 'workflow';
      /**
       * The type of a workflow of yours. Its input is an object with `tenant: { fleet, id }` and the fields of
       * `input`.
       */
      readonly workflow: string;
      readonly input?: Readonly<Record<string, unknown>>;
    };

export type RolloutRequest<PlanName extends string = string> = RolloutOptions & RolloutAction<PlanName>;

/** A checked request. */
export interface CheckedRollout {
  readonly verb: RolloutVerb;
  readonly request: Readonly<Record<string, unknown>>;
  readonly filter: z.output<typeof tenantFilterSchema>;
  readonly waves: readonly Wave[];
  readonly pace: RolloutPace;
  readonly wakeAfterMs: number | undefined;
  /** Only one rollout with the same key is under way at a time. */
  readonly key: string;
}

const text = z.string({ error: 'is a text' }).min(1, 'is not empty');
const flag = z.boolean({ error: 'is true or false' }).optional();
const milliseconds = z.int({ error: 'is a whole number of milliseconds' }).min(1, 'is at least 1 ms');

/** The input of each verb's operation. */
const requests = {
  migrate: z.strictObject({ to: text.optional() }),
  changePlan: z.strictObject({ plan: text }).transform((asked) => ({ ...asked, apply: true })),
  rotateCredentials: z.strictObject({ owner: flag.default(false), now: flag }),
  suspend: z.strictObject({}),
  resume: z.strictObject({}),
  repair: z.strictObject({}),
  snapshot: z.strictObject({ name: text.optional(), ttlMs: milliseconds.optional() }),
  branch: z.strictObject({ name: text, ttlMs: milliseconds.optional() }),
  workflow: z.strictObject({ workflow: text, input: z.record(z.string(), z.unknown()).optional() }),
} as const satisfies Record<RolloutVerb, z.ZodType>;

const wavesSchema = z
  .array(waveSchema.extend({ where: tenantFilterSchema.optional() }))
  .min(1, 'has at least one')
  .max(100, 'has at most 100')
  .default([{}]);

/** Checks a rollout on input. Throws `RequestUnfitError`, `UnknownPlanError`. */
export function checkedRollout(fleet: Fleet, asked: RolloutRequest): CheckedRollout {
  const { verb, where = {}, waves: given, parallel, maxFailures, perMinute, ...rest } = asked;
  if (!rolloutVerbs.includes(verb))
    throw new RequestUnfitError(`"verb" is one of ${rolloutVerbs.join(', ')}`);
  const { wakeAfterMs, ...own } = rest as { wakeAfterMs?: number };
  if (wakeAfterMs !== undefined && verb !== 'migrate')
    throw new RequestUnfitError('"wakeAfterMs" belongs to the verb "migrate"');
  const request: Readonly<Record<string, unknown>> = parsed(requests[verb], own);
  const problem = textProblem(request);
  if (problem !== undefined) throw new RequestUnfitError(problem);
  if (typeof request.plan === 'string' && !Object.hasOwn(fleet.plans, request.plan))
    throw new UnknownPlanError(
      `the fleet has no plan "${request.plan}": it has ${Object.keys(fleet.plans).join(', ')}`,
      undefined,
    );
  const filter = parsed(tenantFilterSchema, where, 'where');
  const last = (given ?? [{}]).at(-1);
  if (last?.where !== undefined || last?.size !== undefined)
    throw new RequestUnfitError('the last wave has all that are left, so it has no "where" and no "size"');
  return {
    verb,
    request,
    filter,
    waves: parsed(wavesSchema, given, 'waves'),
    pace: parsed(rolloutPaceSchema, definedOnly({ parallel, maxFailures, perMinute })),
    wakeAfterMs: wakeAfterMs === undefined ? undefined : parsed(milliseconds, wakeAfterMs, 'wakeAfterMs'),
    // Only one rollout at a time migrates a tenant, whatever its target.
    key: verb === 'migrate' ? verb : keyOf({ verb, request, filter }),
  };
}

function keyOf(what: object): string {
  return createHash('sha256').update(JSON.stringify(what)).digest('hex').slice(0, 32);
}

function parsed<Schema extends z.ZodType>(schema: Schema, value: unknown, name?: string): z.output<Schema> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw new RequestUnfitError(
    result.error.issues
      .map(({ path, message }) => {
        const at = [...(name === undefined ? [] : [name]), ...path].map(String).join('.');
        return at === '' ? message : `"${at}" ${message}`;
      })
      .join('; '),
  );
}

function definedOnly(asked: object): object {
  return Object.fromEntries(Object.entries(asked).filter(([, value]) => value !== undefined));
}

/** Whether an existing rollout equals the requested one, so that the request joins it. */
export function isSameRollout(
  there: { readonly verb: RolloutVerb; readonly request: object; readonly filter: object },
  { verb, request, filter }: CheckedRollout,
): boolean {
  const asJson = (value: object) => JSON.stringify(sorted(JSON.parse(JSON.stringify(value))));
  // If the request for migrations names no target, the workers have determined the newest one.
  const asked = isOperation(verb) && verb === 'migrate' ? { ...there.request, ...request } : request;
  return (
    verb === there.verb && asJson(there.request) === asJson(asked) && asJson(there.filter) === asJson(filter)
  );
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .map(([name, each]) => [name, sorted(each)]),
  );
}
