import type { Catalog } from '../../catalog/catalog.js';
import type { EventEndpoint } from '../../catalog/event-endpoints.js';
import type { LoggedEvent } from '../../catalog/events.js';
import { endpointProblem, eventIdOf, eventName } from '../../tenancy/events.js';
import { isStorable } from '../../tenancy/storable.js';
import { EndpointNotFoundError, EventNotFoundError, RequestUnfitError } from '../errors.js';
import { parseTenantId } from '../known-tenant.js';

/** An endpoint's id, and the secret that signs its messages. The secret cannot be read again. */
export interface EndpointSecret {
  readonly id: string;
  /** `whsec_…`, the format of the Standard Webhooks libraries. */
  readonly secret: string;
}

export interface EventQuery {
  /** From 1 to 1,000. @default 50 */
  readonly limit?: number;
  /** Only events below this `position`: the last event of a page gives the next page's value. */
  readonly before?: number;
  /** Only events of this tenant. */
  readonly tenant?: string;
}

/** The events to send again: all from a time on, in order, or one by its id (`evt_…`). */
export type Replay = { readonly from: Date } | { readonly event: string };

/** How long messages are signed with both the old and the new secret of an endpoint, in milliseconds. */
const overlapMs = 86_400_000;
const mostEvents = 1_000;

/**
 * The fleet's events: events of tenants and rollouts, which are sent to endpoints by Standard Webhooks, and a log of
 * them. This class reads and writes the catalog; workers send the messages. Methods with an endpoint's id throw
 * `EndpointNotFoundError`.
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
   * From now on events are sent to this address: `https:`, or `http:` on this machine. Private addresses are allowed,
   * because a caller of this method can reach them anyway. Throws `RequestUnfitError`.
   */
  async addEndpoint(url: string): Promise<EndpointSecret> {
    const problem = isStorable(url) ? endpointProblem(url) : 'the address holds what no database can store';
    if (problem !== undefined) throw new RequestUnfitError(problem);
    this.#requireKey();
    return this.#events.endpoints.add(this.fleet, new URL(url).href);
  }

  /** All endpoints with their state, the oldest first. */
  endpoints(): Promise<EventEndpoint[]> {
    return this.#events.endpoints.list(this.fleet);
  }

  /** Sends nothing more to the endpoint until it is resumed. A message that is being sent is not interrupted. */
  async pauseEndpoint(id: string): Promise<EventEndpoint> {
    return this.#changed(id, this.#events.endpoints.pause(this.fleet, storableId(id)));
  }

  /** Sends the events of the pause, in order, and at once retries those that the endpoint refused. */
  async resumeEndpoint(id: string): Promise<EventEndpoint> {
    return this.#changed(id, this.#events.endpoints.resume(this.fleet, storableId(id)));
  }

  /** Never sends to the endpoint again. The log stays. */
  async deleteEndpoint(id: string): Promise<void> {
    if (!(await this.#events.endpoints.remove(this.fleet, storableId(id))))
      throw new EndpointNotFoundError(id);
  }

  /**
   * Gives an endpoint a new secret. For a day, or `overlapMs`, messages are also signed with the old one, so the
   * receiver may have either. With 0 the old one is invalid from now on.
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

  /**
   * The log, the newest event first. An event's `webhook-id` is its `id` here. Throws `RequestUnfitError`,
   * `InvalidTenantIdError`.
   */
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
   * Sends events of the log to an endpoint again, each with its original id. Returns their number. All events from a
   * time on come in order, and newer events wait for them; a single event comes in its tenant's turn. Throws
   * `EventNotFoundError`, `RequestUnfitError`.
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

/** The catalog would refuse a query for text that it cannot store, and no endpoint can have such an id. */
function storableId(id: string): string {
  if (!isStorable(id)) throw new EndpointNotFoundError(id);
  return id;
}
