import type { FailureType } from './failures.js';
import type { TenantOperation, TenantState } from './lifecycle.js';
import { isLoopback } from './loopback.js';
import type { MemberState, RolloutState, RolloutVerb } from './rollout.js';

/**
 * The type of an event, with its version. A version's `data` never loses a field: an incompatible change is a new
 * version, which is sent beside the old one for one release.
 */
export type EventType =
  | `tenant.operation.${'began' | 'succeeded' | 'failed'}.v1`
  | 'tenant.erased.v1'
  | `rollout.${RolloutState}.v1`;

/** An event's data about a tenant: no secrets, and no tenant data except its id. */
export interface TenantEventData {
  readonly fleet: string;
  readonly tenant: string;
  readonly operation: TenantOperation;
  /** The tenant's state from this moment on; `none` when the catalog has forgotten it. */
  readonly state: TenantState | 'none';
  /** The operation's run: the same in the event of its beginning and that of its end. */
  readonly run: string;
  /** Only the type of the failure, because its message may quote data from a tenant's database. */
  readonly failure?: FailureType;
}

/** An event's data about a rollout. */
export interface RolloutEventData {
  readonly fleet: string;
  readonly rollout: string;
  readonly verb: RolloutVerb;
  readonly state: RolloutState;
  /** The number of tenants in each state. */
  readonly tenants: Readonly<Record<MemberState, number>>;
}

export type EventData = TenantEventData | RolloutEventData;

/** The body of a message, as Standard Webhooks defines it. */
export interface EventBody {
  readonly type: string;
  /** The time of the event, ISO 8601. */
  readonly timestamp: string;
  readonly data: object;
}

/** The receiver's reaction to a message, or why there was none. */
export type Reception =
  | { readonly kind: 'accepted' }
  /** The receiver refuses this message, but may accept others. */
  | { readonly kind: 'refused'; readonly trouble: string }
  /** The receiver is not running just now. */
  | { readonly kind: 'away'; readonly trouble: string }
  /** The receiver never wants a message again. */
  | { readonly kind: 'gone'; readonly trouble: string };

/** Statuses from a proxy whose server is down, or from a server that asks the client to wait. */
const awayStatuses: readonly number[] = [429, 502, 503, 504];

export function receptionOf(status: number): Reception {
  if (status >= 200 && status < 300) return { kind: 'accepted' };
  const trouble = `it answered ${status}`;
  if (status === 410) return { kind: 'gone', trouble };
  if (awayStatuses.includes(status)) return { kind: 'away', trouble };
  return { kind: 'refused', trouble };
}

/** Describes what is wrong with an endpoint's address, in a sentence; `undefined` when it is usable. */
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

/** The event's id for receivers: `webhook-id`. */
export function eventName(id: string): string {
  return `evt_${id}`;
}

/** The catalog's id of the event with that name; `undefined` when no event can have the name. */
export function eventIdOf(name: string): string | undefined {
  return /^(?:evt_)?([\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12})$/.exec(name)?.[1];
}

/** The longest wait between two attempts, as a multiple of the first wait. */
export const mostEventRetry = 60;
