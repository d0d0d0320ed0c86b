import pg from 'pg';

/** A cluster's own socket, and who may do anything there. */
export interface SuperuserAccess {
  readonly superuser: string;
  readonly password: string;
  readonly address: { readonly host: string; readonly port: number };
}

/** Runs statements as the cluster's superuser over its own socket, one connection for the whole story. */
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
