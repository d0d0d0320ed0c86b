import pg from 'pg';
import { ScramClient } from '../catalog/scram-client.js';
import { isConnectionError, refused, unreachable } from './postgres-failure.js';

/** How long a connection may take. A compute that sleeps wakes within it. */
const connectTimeoutMs = 10_000;

/**
 * Connects to a tenant's database, works, and disconnects. What goes wrong on the way in is `DatabaseUnreachable`:
 * once Neon's operations are finished, a refused login or a missing database is Postgres not being there yet.
 */
export async function withTenantDatabase<T>(
  connectionString: string,
  signal: AbortSignal,
  work: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const client = new ScramClient({
    connectionString,
    connectionTimeoutMillis: connectTimeoutMs,
    application_name: 'tenantry',
  });
  // A connection that breaks makes the query in hand fail, and that is where it is dealt with.
  client.on('error', () => {});
  const disconnect = () => void client.end().catch(() => {});
  signal.addEventListener('abort', disconnect, { once: true });
  try {
    await client.connect().catch((error: unknown) => {
      throw unreachable(error);
    });
    return await work(client).catch((error: unknown) => {
      if (signal.aborted) throw signal.reason;
      throw error instanceof pg.DatabaseError || isConnectionError(error) ? refused(error) : error;
    });
  } finally {
    signal.removeEventListener('abort', disconnect);
    await client.end().catch(() => {});
  }
}
