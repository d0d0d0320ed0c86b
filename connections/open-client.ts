import pg from 'pg';
import { addressOf } from './address.js';
import { closeNow } from './close-now.js';
import { keepAlive } from './keep-alive.js';
import { traceConnect, traceQueries } from './query-spans.js';

export interface ClientSettings {
  readonly connectionString: string;
  /** The longest that getting in may take, in milliseconds. */
  readonly connectMs: number;
  /** The longest that a statement may go unanswered, in milliseconds. @default for ever */
  readonly queryMs?: number | undefined;
  /** What the server sees it as. */
  readonly applicationName: string;
  /** @default `pg.Client` */
  readonly Client?: typeof pg.Client;
}

/** A connection by itself, not connected yet. One that breaks makes the query in hand fail, and ends no process. */
export function makeClient(settings: ClientSettings): pg.Client {
  const { connectionString, connectMs, queryMs, applicationName, Client = pg.Client } = settings;
  const client = new Client({
    ...addressOf(connectionString),
    connectionTimeoutMillis: connectMs,
    ...keepAlive,
    ...(queryMs === undefined ? {} : { query_timeout: queryMs }),
    application_name: applicationName,
  });
  client.on('error', () => {});
  traceConnect(client);
  traceQueries(client);
  return client;
}

/** How long a server may take to let a session go. One that is out of reach never does. */
const leavingMs = 1_000;

/** Ends a connection, whatever has become of it. */
export async function leave(client: pg.Client): Promise<void> {
  const late = setTimeout(() => closeNow(client), leavingMs);
  await client.end().catch(() => {});
  clearTimeout(late);
}
