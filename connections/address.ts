import type pg from 'pg';
import { parseIntoClientConfig } from 'pg-connection-string';

/**
 * What `pg` is to connect to, of a connection string. It would read the string itself, and leave `%2F`, `%3F` and `%23` in the
 * name of a database as they stand, which is then another database.
 */
export function addressOf(connectionString: string): pg.ClientConfig {
  const address = parseIntoClientConfig(connectionString);
  // Of a socket, a string is a path, or a URL that names it otherwise.
  if (!URL.canParse(connectionString) || connectionString.startsWith('socket:')) return address;
  const name = decodeURIComponent(new URL(connectionString).pathname.slice(1));
  return name === '' ? address : { ...address, database: name };
}
