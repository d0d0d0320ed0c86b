import type { Catalog } from '../../catalog/catalog.js';
import type { EventEndpoint } from '../../catalog/event-endpoints.js';
import type { LoggedEvent } from '../../catalog/events.js';
import { endpointProblem, eventIdOf, eventName } from '../../tenancy/events.js';
import { isStorable } from '../../tenancy/storable.js';
import { EndpointNotFoundError, EventNotFoundError, RequestUnfitError } from '../errors.js';
import { parseTenantId } from '../known-tenant.js';

/** An endpoint's id and the secret that its messages are signed with. Nobody can read the secret again. */
export interface EndpointSecret {
  readonly id: string;
  /** `whsec_…`, as the libraries of Standard Webhooks take it. */
  readonly secret: string;
}

export interface EventQuery {
  /** From 1 to 1,000. @default 50 */
  readonly limit?: number;
  /** Only events below this `position`: the last one of a page begins the next. */
  readonly before?: number;
  /** Only events of this tenant. */
  readonly tenant?: string;
}

/** What is sent again: everything from a time on, in order, or one event by its id (`evt_…`). */
export type Replay = { readonly from: Date } | { readonly event: string };

/** How long messages are signed with an endpoint's old secret besides its new one, in milliseconds. */
const overlapMs = 86_400_000;
const mostEvents = 1_000;

/**
 * What the fleet tells others of: events of tenants and rollouts, sent by Standard Webhooks to endpoints, and a log of them. It reads and
 * writes the catalog; workers send. What takes an endpoint's id throws `EndpointNotFoundError`.
 */
export class FleetEvents {
  readonly #events: Catalog['events'];

  constructor(
    { events }: Pick<Catalog, 'events'>,
    readonly fleet: string,
  ) {
    this.#events = events;
  }

  /**
   * From now on events are sent to this address: `https:`, or `http:` on this machine. Private addresses are allowed, since whoever may
   * call this may reach them anyway. Throws `RequestUnfitError`.
   */
  async addEndpoint(url: string): Promise<EndpointSecret> {
    const problem = isStorable(url) ? endpointProblem(url) : 'the address holds what no database can store';
    if (problem !== undefined) throw new RequestUnfitError(problem);
    this.#requireKey();
    return this.#events.endpoints.add(this.fleet, new URL(url).href);
  }

  /** The oldest first, each with how it stands. */
  endpoints(): Promise<EventEndpoint[]> {
    return this.#events.endpoints.list(this.fleet);
  }

  /** Nothing more is sent to it until it is resumed. A message that is under way comes to its end. */
  async pauseEndpoint(id: string): Promise<EventEndpoint> {
    return this.#changed(id, this.#events.endpoints.pause(this.fleet, storableId(id)));
  }

  /** What it was not sent meanwhile is sent, in order; what it refused is tried again at once. */
  async resumeEndpoint(id: string): Promise<EventEndpoint> {
    return this.#changed(id, this.#events.endpoints.resume(this.fleet, storableId(id)));
  }

  /** Nothing is ever sent to it again. The log stays. */
  async deleteEndpoint(id: string): Promise<void> {
    if (!(await this.#events.endpoints.remove(this.fleet, storableId(id))))
      throw new EndpointNotFoundError(id);
  }

  /**
   * Gives an endpoint a new secret. For a day, or `overlapMs`, messages are signed with the old one too, so the receiver may have either.
   * With 0 the old one is of no use from now on.
   */
  async rotateSecret(
    id: string,
    { overlapMs: given = overlapMs }: { readonly overlapMs?: number } = {},
  ): Promise<EndpointSecret> {
    if (!Number.isInteger(given) || given < 0)
      throw new RequestUnfitError('"overlapMs" is a whole number of milliseconds, 0 or more');
    this.#requireKey();
    const secret = await this.#events.endpoints.rotate(this.fleet, storableId(id), given);
    if (secret === undefined) throw new EndpointNotFoundError(id);
    return { id, secret };
  }

  /** The log, the newest first. An event's `webhook-id` is its `id` here. Throws `RequestUnfitError`, `InvalidTenantIdError`. */
  async list({ limit = 50, before, tenant }: EventQuery = {}): Promise<LoggedEvent[]> {
    if (!Number.isInteger(limit) || limit < 1 || limit > mostEvents)
      throw new RequestUnfitError(`"limit" is a whole number from 1 to ${mostEvents}`);
    if (before !== undefined && !Number.isSafeInteger(before))
      throw new RequestUnfitError('"before" is the position of an event');
    const events = await this.#events.list(this.fleet, {
      limit,
      before,
      tenantId: tenant === undefined ? undefined : parseTenantId(tenant),
    });
    return events.map((event) => ({ ...event, id: eventName(event.id) }));
  }

  /**
   * Has events of the log sent to an endpoint again, each under the id that it had. Returns how many that are. From a time on they come in
   * order, and whatever is newer waits its turn; one alone comes when its tenant's turn is. Throws `EventNotFoundError`, `RequestUnfitError`.
   */
  async replay(id: string, what: Replay): Promise<number> {
    if (!('event' in what)) {
      if (Number.isNaN(what.from.getTime())) throw new RequestUnfitError('"from" is a time');
      const count = await this.#events.deliveries.replay(this.fleet, storableId(id), what);
      if (count === undefined) throw new EndpointNotFoundError(id);
      return count;
    }
    await this.#known(id);
    const eventId = eventIdOf(what.event);
    const count =
      eventId === undefined ? undefined : await this.#events.deliveries.replay(this.fleet, id, { eventId });
    if (count === undefined) throw new EventNotFoundError(what.event);
    return count;
  }

  async #known(id: string): Promise<EventEndpoint> {
    const endpoint = await this.#events.endpoints.get(this.fleet, storableId(id));
    if (endpoint === undefined) throw new EndpointNotFoundError(id);
    return endpoint;
  }

  async #changed(id: string, change: Promise<boolean>): Promise<EventEndpoint> {
    if (!(await change)) throw new EndpointNotFoundError(id);
    return this.#known(id);
  }

  #requireKey(): void {
    if (!this.#events.canSeal)
      throw new RequestUnfitError(
        "an endpoint's secret is sealed in the catalog, wherever tenants' secrets are kept: set TENANTRY_SEAL_KEY",
      );
  }
}

/** The catalog cannot be asked for what it could not store, and nothing has such an id. */
function storableId(id: string): string {
  if (!isStorable(id)) throw new EndpointNotFoundError(id);
  return id;
}
