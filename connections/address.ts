import type pg from 'pg';
import { parseIntoClientConfig } from 'pg-connection-string';

/**
 * Parses a connection string for `pg`, whose own parser would leave `%2F`, `%3F` and `%23` in a database's
 * name encoded, and so connect to another database.
 */
export function addressOf(connectionString: string): pg.ClientConfig {
  const address = parseIntoClientConfig(connectionString);
  // A socket is written as a path, or as a URL of another form.
  if (!URL.canParse(connectionString) || connectionString.startsWith('socket:')) return address;
  const name = decodeURIComponent(new URL(connectionString).pathname.slice(1));
  return name === '' ? address : { ...address, database: name };
}
