import type { PoolClient } from 'pg';
import type { TenantPool } from 'tenantry/client';

/** All of it or nothing. */
export async function inTransaction<T>(
  pool: TenantPool,
  work: (client: PoolClient) => Promise<T>,
): Promise<T> {
  const client = await pool.connect();
  try {
    await client.query('begin');
    const result = await work(client);
    await client.query('commit');
    client.release();
    return result;
  } catch (error) {
    // Whatever state the connection is in, it goes with its transaction.
    client.release(true);
    throw error;
  }
}

/**
 * One at a time in a tenant, while search goes on. Who counts passages before adding some, or takes away vectors that no
 * passage needs, must see every passage there is.
 */
export function aloneWithPassages<T>(pool: TenantPool, work: (client: PoolClient) => Promise<T>): Promise<T> {
  return inTransaction(pool, async (client) => {
    await client.query('lock table passages in share row exclusive mode');
    return work(client);
  });
}
