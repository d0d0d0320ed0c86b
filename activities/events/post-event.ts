import type { EventDelivery } from '../../catalog/event-deliveries.js';
import { type EventBody, eventName, type Reception, receptionOf } from '../../tenancy/events.js';
import { redact } from '../../tenancy/redact.js';
import { signedHeaders } from './signed-headers.js';

/**
 * Sends one event, and returns the outcome. It never throws. Only the status of the response counts: its body
 * can contain anything and is not read, and redirects are not followed.
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

/**
 * Node reports a network error by a code in the cause of an error that says nothing; for requests that it
 * never tries, the cause has only a message.
 */
function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  if (error.name === 'TimeoutError') return 'in time';
  const { cause } = error;
  if (!(cause instanceof Error)) return error.name;
  return 'code' in cause && typeof cause.code === 'string' ? cause.code : redact(cause.message, 100);
}
