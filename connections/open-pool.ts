import pg from 'pg';
import { addressOf } from './address.js';
import { closeNow } from './close-now.js';
import { keepAlive } from './keep-alive.js';
import { traceQueries } from './query-spans.js';
import { isSessionSound } from './session-sound.js';

export interface PoolSettings {
  readonly connectionString: string;
  /** The most connections held at once. */
  readonly connections: number;
  /** The longest that getting a connection may take, new or released by another caller, in milliseconds. */
  readonly connectMs: number;
  /** The longest that a statement may go unanswered, in milliseconds; then its connection is closed. @default no limit */
  readonly queryMs?: number | undefined;
  /** After so many idle milliseconds a connection is closed. @default 10,000 */
  readonly idleMs?: number;
  /** The `application_name` that the server sees. */
  readonly applicationName?: string;
  /** @default `pg.Client` */
  readonly Client?: typeof pg.Client;
  /** Idle connections do not keep the process alive. @default false */
  readonly allowExitOnIdle?: boolean;
  /** Statements sent within a trace are spans of it. @default false */
  readonly traced?: boolean;
}

/**
 * A pool whose connections may break at any moment, idle or checked out: the running query rejects, the connection is
 * removed from the pool, and the process lives.
 */
export function openPool(settings: PoolSettings): pg.Pool {
  const { connectionString, connections, connectMs, queryMs, idleMs, applicationName, Client } = settings;
  const pool = new pg.Pool({
    ...addressOf(connectionString),
    max: connections,
    connectionTimeoutMillis: connectMs,
    ...keepAlive,
    // A timeout on our side: a server's own timeout does nothing once the server is gone, and a proxy may drop it.
    ...(queryMs === undefined ? {} : { query_timeout: queryMs }),
    ...(idleMs === undefined ? {} : { idleTimeoutMillis: idleMs }),
    ...(applicationName === undefined ? {} : { application_name: applicationName }),
    ...(Client === undefined ? {} : { Client }),
    allowExitOnIdle: settings.allowExitOnIdle ?? false,
  });
  // Without a listener, the `error` event of a broken connection would end the process: the pool's event for an idle one …
  pool.on('error', () => {});
  pool.on('connect', (client) => {
    // … and, for its whole life, the connection's own, which the pool does not listen to while it is checked out.
    client.on('error', () => {});
    if (settings.traced) traceQueries(client);
    closeOnceUnsound(client);
  });
  return pool;
}

/** A caller may release it as sound, but the pool does not take back a closed connection. */
function closeOnceUnsound(client: pg.PoolClient): void {
  const query: (...args: unknown[]) => unknown = client.query.bind(client);
  const watched = (...args: unknown[]): unknown => {
    const answer = query(...args);
    if (answer instanceof Promise)
      answer.catch((error: unknown) => {
        if (!isSessionSound(error)) closeNow(client);
      });
    return answer;
  };
  Object.defineProperty(client, 'query', { value: watched });
}
