import type { PoolClient } from 'pg';
import type { TenantPool } from 'tenantry/client';
import { inTransaction } from '../database/in-transaction.js';

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
