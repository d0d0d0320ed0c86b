import { z } from 'zod';
import { match } from './match.js';

const ms = z.int().min(0).max(600_000);
/** Only operations with this action. @default all of the call */
const action = z.string().optional();

const status = z.object({
  kind: z.literal('status'),
  status: z.int().min(400).max(599),
  body: z.unknown().optional(),
  headers: z.record(z.string(), z.string()).default({}),
  /** Whether the call takes effect all the same. */
  apply: z.boolean().default(false),
});

/** What can happen to a call. */
const callEffects = [
  z.object({ kind: z.literal('drop-after-apply') }),
  z.object({ kind: z.literal('hold-before-apply') }),
  z.object({ kind: z.literal('hold-after-apply') }),
  z.object({ kind: z.literal('delay'), ms }),
  z.object({ kind: z.literal('late-apply'), ms: ms.optional() }),
  status,
  z.object({ kind: z.literal('locked') }),
  z.object({
    kind: z.literal('rate-limit'),
    /** Whole seconds. @default no Retry-After at all */
    retry_after: z.int().min(0).optional(),
    retry_after_form: z.enum(['seconds', 'date']).default('seconds'),
  }),
  z.object({
    kind: z.literal('fail-operation'),
    status: z.enum(['failed', 'error', 'cancelled', 'skipped']),
    action,
  }),
  z.object({
    kind: z.literal('retry-operation'),
    failures: z.int().min(1).default(1),
    after_ms: ms.default(1_000),
    action,
  }),
  z.object({ kind: z.literal('hang-operation'), action }),
  z.object({ kind: z.literal('slow-operation'), ms, action }),
  z.object({ kind: z.literal('incomplete-list'), unavailable_project_ids: z.array(z.string()) }),
  z.object({ kind: z.literal('slow-list'), ms, project_ids: z.array(z.string()) }),
  z.object({ kind: z.literal('lagging-list'), ms }),
] as const;

/** What can happen to a connection to Postgres. */
const connectionEffects = [
  z.object({ kind: z.literal('connection-delay'), ms }),
  z.object({
    kind: z.literal('connection-refuse'),
    message: z.string().default('the database system is starting up'),
    sqlstate: z.string().length(5).default('57P03'),
  }),
  /** Cut off after a while, or, without one, at once. */
  z.object({ kind: z.literal('connection-drop'), after_ms: ms.default(0) }),
] as const;

const connectionEffect = z.discriminatedUnion('kind', connectionEffects);

export const effect = z.discriminatedUnion('kind', [...callEffects, ...connectionEffects]);

export const faultInput = z
  .object({ match: match.default({}), effect })
  .refine(
    ({ match: { method, path, project_id, endpoint_id }, effect }) =>
      onConnections(effect)
        ? method === undefined && path === undefined
        : project_id === undefined && endpoint_id === undefined,
    'a call is matched by method and path, a connection by project_id and endpoint_id',
  );

export type Effect = z.infer<typeof effect>;
export type ConnectionEffect = z.infer<typeof connectionEffect>;
export type CallEffect = Exclude<Effect, ConnectionEffect>;

export function onConnections(effect: Effect): effect is ConnectionEffect {
  return effect.kind.startsWith('connection-');
}
