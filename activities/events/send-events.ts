import { cancellationSignal } from '@temporalio/activity';
import type { EventDelivery } from '../../catalog/event-deliveries.js';
import { SealError } from '../../catalog/seal.js';
import { mostEventRetry } from '../../tenancy/events.js';
import { failure } from '../../tenancy/failures.js';
import type { Dependencies } from '../dependencies.js';
import { heartbeatWhile } from '../heartbeat.js';
import { postEvent } from './post-event.js';

export interface EndpointInput {
  readonly fleet: string;
  /** The endpoint's id. */
  readonly endpoint: string;
}

/** How many events are taken at once, and how many tenants' events are sent in parallel. */
const most = 200;
const lanes = 8;

/**
 * Sends an endpoint its due events: those of one tenant in sequence, those of several tenants in parallel.
 * Each accepted event is recorded immediately, so that little is sent twice after an attempt is killed, and
 * then under the same id. Returns whether there may be more.
 */
export function sendEvents({ catalog, fleet }: Dependencies) {
  return async ({ fleet: of, endpoint }: EndpointInput): Promise<{ readonly more: boolean }> => {
    if (of !== fleet.name) {
      const message = `a worker of fleet "${fleet.name}" took the events of fleet "${of}"`;
      throw failure('ForeignFleet', message, { nonRetryable: false });
    }
    return heartbeatWhile(sendTaken({ catalog, fleet }, endpoint));
  };
}

async function sendTaken(
  { catalog, fleet }: Pick<Dependencies, 'catalog' | 'fleet'>,
  endpoint: string,
): Promise<{ readonly more: boolean }> {
  const { endpoints, deliveries } = catalog.events;
  const { eventTimeout, eventRetry, eventPause } = fleet.timings;
  const waits = { firstMs: eventRetry, longestMs: eventRetry * mostEventRetry };
  const until = Date.now() + eventTimeout;
  const taken = await deliveries.take(fleet.name, endpoint, most);
  const url = await endpoints.address(fleet.name, endpoint);
  if (taken.length === 0 || url === undefined) return { more: false };
  const secrets = await endpoints.secrets(fleet.name, endpoint).catch(async (error: unknown) => {
    if (!(error instanceof SealError)) throw error;
    await deliveries.away(fleet.name, endpoint, error.message, waits);
    return undefined;
  });
  if (secrets === undefined) return { more: false };

  const cancelled = cancellationSignal();
  /** Nothing answers at the endpoint at the moment. */
  let isAway = false;
  /** The taken events must not be sent any more, or can no longer be recorded. */
  let isOver = false;
  let hasFailed = false;
  /** Returns whether the tenant's next event may be sent. */
  const send = async (delivery: EventDelivery): Promise<boolean> => {
    const reception = await postEvent(delivery, { url, secrets, timeoutMs: eventTimeout });
    if (reception.kind === 'accepted') {
      const goesOn = await deliveries.accepted(fleet.name, endpoint, delivery.id);
      isOver ||= !goesOn;
      return goesOn;
    }
    hasFailed = true;
    const { kind, trouble } = reception;
    if (kind === 'refused') await deliveries.refused(fleet.name, endpoint, delivery.id, trouble, waits);
    else if (!isAway) {
      isAway = true;
      await deliveries.away(fleet.name, endpoint, trouble, waits);
      if (kind === 'gone') await endpoints.pause(fleet.name, endpoint, trouble);
    }
    return false;
  };
  const waiting = [...bySubject(taken)];
  const lane = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift())
      for (const delivery of next)
        if (isAway || isOver || cancelled.aborted || Date.now() > until || !(await send(delivery))) break;
  };
  const ends = await Promise.allSettled(
    Array.from({ length: lanes }, () =>
      lane().catch((error: unknown) => {
        isOver = true;
        throw error;
      }),
    ),
  );
  // Only after all lanes have ended, because the next attempt sends the same tenants' events.
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
  if (hasFailed && (await deliveries.failingForMs(fleet.name, endpoint)) >= eventPause) {
    const status = await endpoints.get(fleet.name, endpoint);
    await endpoints.pause(fleet.name, endpoint, status?.trouble ?? 'it accepts nothing');
    return { more: false };
  }
  return { more: !isAway };
}

function bySubject(taken: readonly EventDelivery[]): Iterable<readonly EventDelivery[]> {
  const subjects = new Map<string, EventDelivery[]>();
  for (const delivery of taken) {
    const of = subjects.get(delivery.subject);
    if (of === undefined) subjects.set(delivery.subject, [delivery]);
    else of.push(delivery);
  }
  return subjects.values();
}
