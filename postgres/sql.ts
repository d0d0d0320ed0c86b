import pg from 'pg';
import { superuserOptions } from './superuser-settings.js';

/** A cluster's own socket, and its superuser's login. */
export interface SuperuserAccess {
  readonly superuser: string;
  readonly password: string;
  readonly address: { readonly host: string; readonly port: number };
}

/**
 * Runs statements as the cluster's superuser over its own socket, all on one connection. The database may be
 * a tenant's, so the session uses none of its settings, and a statement must not run the tenant's code: call
 * every function by its schema, and switch off a trigger that would fire.
 */
export async function asSuperuser<T>(
  cluster: SuperuserAccess,
  database: string,
  story: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const client = new pg.Client({
    host: cluster.address.host,
    port: cluster.address.port,
    user: cluster.superuser,
    password: cluster.password,
    database,
    options: superuserOptions(cluster.superuser),
  });
  // If the server stops, the pending query rejects; the event alone must not end the process.
  client.on('error', () => {});
  await client.connect();
  try {
    return await story(client);
  } finally {
    await client.end().catch(() => {});
  }
}

export const identifier = pg.escapeIdentifier;
export const literal = pg.escapeLiteral;
