import pg from 'pg';
import { superuserOptions } from './superuser-settings.js';

/** A cluster's own socket, and who may do anything there. */
export interface SuperuserAccess {
  readonly superuser: string;
  readonly password: string;
  readonly address: { readonly host: string; readonly port: number };
}

/**
 * Runs statements as the cluster's superuser over its own socket, one connection for the whole story. The database may
 * be a tenant's, so the session takes nothing from it, and a statement in a story must not run what the tenant has put
 * there: every function is called by its schema, and a trigger that would fire is switched off first.
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
  // A server that stops under us speaks through the pending query; the event alone must not end the process.
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
