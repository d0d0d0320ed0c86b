import pg from 'pg';
import { failure } from '../tenancy/failures.js';

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
  const client = new pg.Client({
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

function unreachable(error: unknown) {
  const sqlState = sqlStateOf(error);
  const why = error instanceof Error ? error.message : 'no reason given';
  return failure('DatabaseUnreachable', `the tenant's Postgres does not answer yet: ${why}`, {
    details: sqlState === undefined ? {} : { sqlState },
  });
}

function refused(error: unknown) {
  const sqlState = sqlStateOf(error);
  if (sqlState === undefined || meansGone(sqlState)) return unreachable(error);
  const why = error instanceof Error ? error.message : 'no reason given';
  return failure('DatabaseRefused', `the tenant's Postgres refused: ${why}`, { details: { sqlState } });
}

/** SQLSTATE classes of a server that goes away or is full, not of a statement that is wrong. */
function meansGone(sqlState: string): boolean {
  return ['08', '53', '57'].includes(sqlState.slice(0, 2));
}

/** Only Postgres' own errors carry a SQLSTATE; a socket's carry a name such as ECONNRESET. */
function sqlStateOf(error: unknown): string | undefined {
  return error instanceof pg.DatabaseError ? error.code : undefined;
}

export function isConnectionError(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = 'code' in error ? error.code : undefined;
  return (
    (typeof code === 'string' && /^(E[A-Z]+|08...|53...|57...)$/.test(code)) ||
    /^(Connection terminated|timeout expired)/.test(error.message)
  );
}
