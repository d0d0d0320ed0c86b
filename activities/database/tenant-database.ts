import pg from 'pg';
import { leave, makeClient } from '../../connections/open-client.js';
import { ScramClient } from '../../connections/scram-client.js';
import { isConnectionError, refused, unreachable } from '../postgres-failure.js';

/** The timeout of a connection attempt. A sleeping compute wakes within it. */
const connectMs = 10_000;

/**
 * How long Tenantry's own statements wait for a lock: a lock may be held forever, so the attempt fails and is
 * retried.
 */
const lockTimeoutMs = 2_000;

/**
 * Where a session looks up names without a schema.
 *
 * `pg_catalog`: only among Postgres' own. A tenant may have created functions and operators that match a call
 * better than the intended ones, and they would run as the caller (the class of CVE-2018-1058).
 *
 * `its own`: as the role is configured, for hooks that run as the tenant's role.
 */
export type NameLookup = 'pg_catalog' | 'its own';

/**
 * Connects to a tenant's database, works, and disconnects. A failure to connect is `DatabaseUnreachable`:
 * even after Neon's operations have finished, a refused login or a missing database means that Postgres is
 * not ready yet.
 */
export async function withTenantDatabase<T>(
  connectionString: string,
  signal: AbortSignal,
  work: (client: pg.Client) => Promise<T>,
  lookup: NameLookup = 'pg_catalog',
): Promise<T> {
  const client = makeClient({
    connectionString,
    connectMs,
    applicationName: 'tenantry',
    Client: ScramClient,
  });
  const disconnect = () => void leave(client);
  signal.addEventListener('abort', disconnect, { once: true });
  try {
    await connect(client, lookup).catch((error: unknown) => {
      throw unreachable(error);
    });
    return await work(client).catch((error: unknown) => {
      if (signal.aborted) throw signal.reason;
      throw error instanceof pg.DatabaseError || isConnectionError(error) ? refused(error) : error;
    });
  } finally {
    signal.removeEventListener('abort', disconnect);
    await leave(client);
  }
}

/**
 * A statement rather than a connection option, because Neon's proxy drops options. Nothing runs between the
 * login and this statement.
 */
async function connect(client: pg.Client, lookup: NameLookup): Promise<void> {
  await client.connect();
  if (lookup === 'its own') return;
  // One round trip, since a step makes several connections and Neon may be far away.
  await client.query(
    `set search_path = ${lookup}; set lock_timeout = ${lockTimeoutMs}; ${liftLimits}; ${letOwnerWrite}`,
  );
}

/**
 * Settings of a database or a role apply to every session, and would cut long work short: the timeouts that
 * the server knows are lifted, and the setting that stops all writes during a move is overridden for sessions
 * of the owner.
 */
export async function unhurried(client: pg.Client): Promise<void> {
  await client.query(`${liftLimits}; ${letOwnerWrite}`);
}

const liftLimits = `
  select pg_catalog.set_config(name, '0', false) from pg_catalog.pg_settings
  where name in ('transaction_timeout', 'idle_in_transaction_session_timeout', 'statement_timeout')`;

const letOwnerWrite = `
  select pg_catalog.set_config('default_transaction_read_only', 'off', false) from pg_catalog.pg_database
  where datname = pg_catalog.current_database() and pg_catalog.pg_get_userbyid(datdba) = session_user`;
