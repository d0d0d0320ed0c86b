import type { PoolClient } from 'pg';
import type { TenantPool } from 'tenantry/client';
import { inTransaction } from '../database/in-transaction.js';
import { type KeptModel, neededModels, vectorTable } from './models.js';
import { embeddedText } from './passages.js';
import type { VersionKey } from './version.js';

export interface TextWithoutVector {
  readonly hash: Buffer;
  readonly text: string;
}

/** The next texts of a version that have no vector of the model: none once it was overtaken, or the document deleted. */
export function textsOfVersion(
  pool: TenantPool,
  model: KeptModel,
  { documentId, version }: VersionKey,
  limit: number,
): Promise<TextWithoutVector[]> {
  return textsWithoutVector(pool, model, `d.id = $2 and d.newest_version = p.version and p.version = $3`, [
    limit,
    documentId,
    version,
  ]);
}

/** The next texts that search reads, whatever their document, without a vector of the model. */
export function textsOfAll(pool: TenantPool, model: KeptModel, limit: number): Promise<TextWithoutVector[]> {
  return textsWithoutVector(pool, model, 'd.live_version = p.version', [limit]);
}

async function textsWithoutVector(
  pool: TenantPool,
  model: KeptModel,
  which: string,
  values: readonly unknown[],
): Promise<TextWithoutVector[]> {
  const { rows } = await pool.query<{ text_hash: Buffer; heading: string; text: string }>(
    `select distinct on (p.text_hash) p.text_hash, p.heading, p.text
     from passages p join documents d on d.id = p.document_id
     where d.deleted_at is null and ${which}
       and not exists (select from ${vectorTable(model)} v where v.text_hash = p.text_hash)
     order by p.text_hash limit $1`,
    [...values],
  );
  return rows.map((row) => ({ hash: row.text_hash, text: embeddedText(row) }));
}

/** Keeps the vectors of texts that a passage still has. */
export function saveVectors(
  pool: TenantPool,
  model: KeptModel,
  texts: readonly TextWithoutVector[],
  vectors: readonly Float32Array[],
): Promise<void> {
  return inTransaction(pool, async (client) => {
    // Waits for who takes passages away, so that no vector is left of a text that just went.
    await client.query('lock table passages in row exclusive mode');
    await client.query(
      `insert into ${vectorTable(model)} (text_hash, vector)
       select hash, vector::halfvec from unnest($1::bytea[], $2::text[]) as made (hash, vector)
       where exists (select from passages where text_hash = hash)
       on conflict do nothing`,
      [texts.map(({ hash }) => hash), vectors.map((vector) => `[${vector.join()}]`)],
    );
  });
}

/** Whether every passage of a version has a vector of each model. */
export async function hasAllVectors(
  client: PoolClient,
  { documentId, version }: VersionKey,
): Promise<boolean> {
  for (const model of await neededModels(client)) {
    const { rows } = await client.query(
      `select from passages p where document_id = $1 and version = $2
         and not exists (select from ${vectorTable(model)} v where v.text_hash = p.text_hash) limit 1`,
      [documentId, version],
    );
    if (rows.length > 0) return false;
  }
  return true;
}

/** Removes the vectors of texts that no passage has any more. Only for who is alone with the passages. */
export async function removeUnneededVectors(client: PoolClient, hashes: readonly Buffer[]): Promise<void> {
  for (const model of await neededModels(client)) {
    await client.query(
      `delete from ${vectorTable(model)} v where text_hash = any ($1::bytea[])
         and not exists (select from passages p where p.text_hash = v.text_hash)`,
      [hashes],
    );
  }
}
