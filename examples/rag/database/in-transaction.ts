import type { Pool, PoolClient } from 'pg';

/**
 * All of it or nothing.
 * @param begin How it begins, such as with settings that hold for it alone.
 */
export async function inTransaction<T>(
  pool: Pool,
  work: (client: PoolClient) => Promise<T>,
  begin = 'begin',
): Promise<T> {
  const client = await pool.connect();
  try {
    await client.query(begin);
    const result = await work(client);
    await client.query('commit');
    client.release();
    return result;
  } catch (error) {
    // Closed rather than rolled back: a connection that broke could do neither.
    client.release(true);
    throw error;
  }
}
