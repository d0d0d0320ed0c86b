import type { EventDelivery } from '../../catalog/event-deliveries.js';
import { type EventBody, eventName, type Reception, receptionOf } from '../../tenancy/events.js';
import { redact } from '../../tenancy/redact.js';
import { signedHeaders } from './signed-headers.js';

/**
 * Sends one event, and says what has become of it. It never throws. Of the answer only its status counts: what is in it is anybody's
 * words, and is not read; where it leads elsewhere, nobody follows.
 */
export async function postEvent(
  { eventId, type, at, data }: EventDelivery,
  {
    url,
    secrets,
    timeoutMs,
  }: { readonly url: string; readonly secrets: readonly string[]; readonly timeoutMs: number },
): Promise<Reception> {
  const message: EventBody = { type, timestamp: at.toISOString(), data };
  const body = JSON.stringify(message);
  try {
    const response = await fetch(url, {
      method: 'POST',
      body,
      headers: {
        'content-type': 'application/json',
        'user-agent': 'tenantry',
        ...signedHeaders({ id: eventName(eventId), at: new Date(), body }, secrets),
      },
      redirect: 'manual',
      signal: AbortSignal.timeout(timeoutMs),
    });
    await response.body?.cancel().catch(() => {});
    return receptionOf(response.status);
  } catch (error) {
    return { kind: 'away', trouble: `nobody answered (${codeOf(error)})` };
  }
}

/** Node says what is the matter with the network by a code, below an error that says nothing; what it does not even try, in words. */
function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  if (error.name === 'TimeoutError') return 'in time';
  const { cause } = error;
  if (!(cause instanceof Error)) return error.name;
  return 'code' in cause && typeof cause.code === 'string' ? cause.code : redact(cause.message, 100);
}
