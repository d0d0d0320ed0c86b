import pg from 'pg';
import { addressOf } from './address.js';
import { closeNow } from './close-now.js';
import { keepAlive } from './keep-alive.js';
import { traceConnect, traceQueries } from './query-spans.js';

export interface ClientSettings {
  readonly connectionString: string;
  /** The longest that connecting may take, in milliseconds. */
  readonly connectMs: number;
  /** The longest that a statement may go unanswered, in milliseconds. @default no limit */
  readonly queryMs?: number | undefined;
  /** The `application_name` that the server sees. */
  readonly applicationName: string;
  /** @default `pg.Client` */
  readonly Client?: typeof pg.Client;
}

/** Makes a connection without opening it. If it breaks, the running query fails, and the process lives. */
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

/** How long a server may take to end a session. An unreachable one never answers. */
const leavingMs = 1_000;

/** Ends a connection, whatever its state. */
export async function leave(client: pg.Client): Promise<void> {
  const late = setTimeout(() => closeNow(client), leavingMs);
  await client.end().catch(() => {});
  clearTimeout(late);
}
