import pg from 'pg';
import { addressOf } from '../../connections/address.js';

/** A test that waits for a Postgres waits with an end: what is mute is to be told as that. */
const patience = { connectionTimeoutMillis: 30_000, query_timeout: 120_000 };

/** One connection for one piece of work. */
export async function withClient<T>(
  connectionString: string,
  work: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const client = new pg.Client({ ...addressOf(connectionString), ...patience });
  // A server that stops under us speaks through the query in hand.
  client.on('error', () => {});
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** The address of a database on the same server, as the same role. */
export function databaseAt(serverUrl: string, name: string): string {
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return url.href;
}
