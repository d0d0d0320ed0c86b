import type { Catalog } from '../catalog/catalog.js';
import type { EventEndpoint } from '../catalog/event-endpoints.js';
import type { Attention } from './attention-kinds.js';

/** A shorter refusal may be the receiver's deploy, or a brief fault of its database. */
const longRefusalMs = 3_600_000;

/** Endpoints that need a person. An endpoint that a person has paused is paused on purpose. */
export async function heldEvents({ events }: Pick<Catalog, 'events'>, fleet: string): Promise<Attention[]> {
  const endpoints = await events.endpoints.list(fleet);
  return endpoints.flatMap((endpoint) => heldEventsOf(endpoint) ?? []);
}

/** The problem of one endpoint, if it needs a person. */
export function heldEventsOf(endpoint: EventEndpoint): Attention | undefined {
  const { id, pausedAt, pausedFor, failingSince, trouble, refused, pending } = endpoint;
  const resume = `events endpoint resume ${id}`;
  if (pausedFor !== undefined)
    return {
      kind: 'events-held',
      message: `endpoint ${id} was paused, since it accepted nothing: ${pausedFor}. It is to be sent ${pending} events`,
      ...(pausedAt && { since: pausedAt.toISOString() }),
      command: resume,
    };
  if (pausedAt !== undefined) return undefined;
  if (failingSince !== undefined && isLong(failingSince))
    return {
      kind: 'events-held',
      message: `endpoint ${id} accepts nothing: ${trouble ?? 'it is tried again'}. It is to be sent ${pending} events`,
      since: failingSince.toISOString(),
      command: resume,
    };
  if (refused !== undefined && isLong(refused.since))
    return {
      kind: 'events-held',
      message: `endpoint ${id} refuses events of ${refused.subjects} tenants or rollouts, whose later ones wait: ${refused.trouble}`,
      since: refused.since.toISOString(),
      command: resume,
    };
  return undefined;
}

function isLong(since: Date): boolean {
  return Date.now() - since.getTime() >= longRefusalMs;
}
