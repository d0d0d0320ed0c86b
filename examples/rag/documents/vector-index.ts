import type { TenantPool } from 'tenantry/client';
import { inTransaction } from '../database/in-transaction.js';
import { type KeptModel, vectorTable } from './models.js';

/** Up to here comparing a question with every vector is fast, and misses none. */
export const exactUpTo = 20_000;

/** Whether there are so many vectors of the model that search needs an index, and there is none. */
export async function needsIndex(pool: TenantPool, model: KeptModel, above = exactUpTo): Promise<boolean> {
  const { rows } = await pool.query<{ needed: boolean }>(
    `select to_regclass($1) is null and (select count(*) from ${vectorTable(model)}) > $2 as needed`,
    [indexOf(model), above],
  );
  return rows[0]?.needed ?? false;
}

/** Builds the index. It takes seconds to minutes, in which vectors are searched and none is added. */
export function buildIndex(pool: TenantPool, model: KeptModel): Promise<void> {
  return inTransaction(pool, async (client) => {
    const table = vectorTable(model);
    await client.query(`lock table ${table} in share row exclusive mode`);
    await client.query(
      `create index if not exists ${nameOf(model)} on ${table} using hnsw (vector halfvec_cosine_ops)`,
    );
  });
}

const nameOf = ({ id }: KeptModel) => `vectors_${id}_hnsw`;
const indexOf = (model: KeptModel) => `app.${nameOf(model)}`;
