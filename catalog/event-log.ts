import type { Kysely } from 'kysely';
import { createEventDeliveries, type EventDeliveries } from './event-deliveries.js';
import { createEventEndpoints, type EventEndpoints } from './event-endpoints.js';
import { type EventsAsked, type LoggedEvent, listEvents } from './events.js';
import type { CatalogSchema } from './schema.js';
import { createSeal } from './seal.js';

/** The fleet's events, their receivers, and how far each receiver has come. */
export interface EventLog {
  list(fleet: string, asked: EventsAsked): Promise<LoggedEvent[]>;
  /** Whether there is a key for sealing endpoints' secrets. Without one, methods that need a secret throw. */
  readonly canSeal: boolean;
  readonly endpoints: EventEndpoints;
  readonly deliveries: EventDeliveries;
}

export function createEventLog(db: Kysely<CatalogSchema>, sealKeys: ReadonlyMap<string, Buffer>): EventLog {
  return {
    canSeal: sealKeys.size > 0,
    list: (fleet, asked) => listEvents(db, fleet, asked),
    endpoints: createEventEndpoints(db, () => createSeal(sealKeys)),
    deliveries: createEventDeliveries(db),
  };
}
