import type { TenantPool } from 'tenantry/client';
import type { Dependencies } from './dependencies.js';
import { failureOf } from './failures.js';

/** Works in a workspace's database. While nobody can, the attempt fails, and the next one comes later. */
export async function inWorkspace<T>(
  { pool }: Pick<Dependencies, 'pool'>,
  tenantId: string,
  work: (pool: TenantPool) => Promise<T>,
): Promise<T> {
  try {
    return await work(await pool(tenantId));
  } catch (error) {
    throw failureOf(error);
  }
}

/** The same for who makes or drops a table or an index. */
export function inSettledWorkspace<T>(
  dependencies: Pick<Dependencies, 'pool' | 'requireSettled'>,
  tenantId: string,
  work: (pool: TenantPool) => Promise<T>,
): Promise<T> {
  return inWorkspace(dependencies, tenantId, async (pool) => {
    await dependencies.requireSettled(tenantId);
    return work(pool);
  });
}
