import pg from 'pg';
import { leave, makeClient } from '../../connections/open-client.js';
import { ScramClient } from '../../connections/scram-client.js';
import { isConnectionError, refused, unreachable } from '../postgres-failure.js';

/** How long a connection may take. A compute that sleeps wakes within it. */
const connectMs = 10_000;

/** How long a statement of ours waits for a lock: it may be held for ever, so the attempt fails and is retried. */
const lockTimeoutMs = 2_000;

/**
 * Where a session looks for names without a schema.
 *
 * `pg_catalog`: nowhere but in Postgres' own. A tenant may have made functions and operators of its own that fit a call
 * better than those it means, and they would run as whoever calls (the class of CVE-2018-1058).
 * `its own`: as the role has it, for hooks that run as the tenant's role.
 */
export type NameLookup = 'pg_catalog' | 'its own';

/**
 * Connects to a tenant's database, works, and disconnects. What goes wrong on the way in is `DatabaseUnreachable`:
 * once Neon's operations are finished, a refused login or a missing database is Postgres not being there yet.
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

/** A statement and not an option of the connection: Neon's proxy drops those. Nothing runs between login and it. */
async function connect(client: pg.Client, lookup: NameLookup): Promise<void> {
  await client.connect();
  if (lookup === 'its own') return;
  await client.query(`set search_path = ${lookup}`);
  await client.query(`set lock_timeout = ${lockTimeoutMs}`);
  await unhurried(client);
}

/**
 * What a database or a role says of its sessions holds for everyone, and would cut short what takes its time: limits that the
 * server knows are lifted, and what keeps everybody from writing while a tenant is moved does not hold for us, where we are the owner.
 */
export async function unhurried(client: pg.Client): Promise<void> {
  await client.query(liftLimits);
  await client.query(letOwnerWrite);
}

const liftLimits = `
  select pg_catalog.set_config(name, '0', false) from pg_catalog.pg_settings
  where name in ('transaction_timeout', 'idle_in_transaction_session_timeout', 'statement_timeout')`;

const letOwnerWrite = `
  select pg_catalog.set_config('default_transaction_read_only', 'off', false) from pg_catalog.pg_database
  where datname = pg_catalog.current_database() and pg_catalog.pg_get_userbyid(datdba) = session_user`;
