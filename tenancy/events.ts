import type { FailureType } from './failures.js';
import type { TenantOperation, TenantState } from './lifecycle.js';
import { isLoopback } from './loopback.js';
import type { MemberState, RolloutState, RolloutVerb } from './rollout.js';

/**
 * The type of an event, with its version: what a version's `data` has stays; something else is a new version, sent beside it for a
 * release.
 */
export type EventType =
  | `tenant.operation.${'began' | 'succeeded' | 'failed'}.v1`
  | 'tenant.erased.v1'
  | `rollout.${RolloutState}.v1`;

/** What is told of a tenant: no secret, and of the tenant nothing but its id. */
export interface TenantEventData {
  readonly fleet: string;
  readonly tenant: string;
  readonly operation: TenantOperation;
  /** The tenant's state from this moment on; `none` when the catalog forgot it. */
  readonly state: TenantState | 'none';
  /** The run of the operation: the same for its beginning and its end. */
  readonly run: string;
  /** Of a failure its type alone, for its sentence may quote what is in a tenant's database. */
  readonly failure?: FailureType;
}

/** What is told of a rollout. */
export interface RolloutEventData {
  readonly fleet: string;
  readonly rollout: string;
  readonly verb: RolloutVerb;
  readonly state: RolloutState;
  /** How many tenants are in which state. */
  readonly tenants: Readonly<Record<MemberState, number>>;
}

export type EventData = TenantEventData | RolloutEventData;

/** The body of a message, as Standard Webhooks have it. */
export interface EventBody {
  readonly type: string;
  /** When it happened, ISO 8601. */
  readonly timestamp: string;
  readonly data: object;
}

/** What a receiver made of a message, or that there was none. */
export type Reception =
  | { readonly kind: 'accepted' }
  /** It does not want this one now. Others it may. */
  | { readonly kind: 'refused'; readonly trouble: string }
  /** Nobody serves there just now. */
  | { readonly kind: 'away'; readonly trouble: string }
  /** It wants none ever again. */
  | { readonly kind: 'gone'; readonly trouble: string };

/** Answers of a proxy without its server, or of a server that asks for patience. */
const awayStatuses: readonly number[] = [429, 502, 503, 504];

export function receptionOf(status: number): Reception {
  if (status >= 200 && status < 300) return { kind: 'accepted' };
  const trouble = `it answered ${status}`;
  if (status === 410) return { kind: 'gone', trouble };
  if (awayStatuses.includes(status)) return { kind: 'away', trouble };
  return { kind: 'refused', trouble };
}

/** What is wrong with an endpoint's address, in a sentence; nothing where it will do. */
export function endpointProblem(text: string): string | undefined {
  if (!URL.canParse(text)) return 'the address of an endpoint is a URL, such as https://example.com/events';
  const url = new URL(text);
  if (url.username !== '' || url.password !== '')
    return 'the address of an endpoint holds no password: messages are signed';
  if (url.hash !== '') return 'the address of an endpoint has no fragment';
  if (url.protocol === 'https:') return undefined;
  if (url.protocol === 'http:' && isLoopback(url.hostname)) return undefined;
  return 'the address of an endpoint begins with https://; http:// leads to this machine only';
}

/** What receivers know an event by: `webhook-id`. */
export function eventName(id: string): string {
  return `evt_${id}`;
}

/** The id of the event that is called so; `undefined` where none can be. */
export function eventIdOf(name: string): string | undefined {
  return /^(?:evt_)?([\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12})$/.exec(name)?.[1];
}

/** The longest wait between two tries, in first ones. */
export const mostEventRetry = 60;
