import { randomBytes, randomUUID } from 'node:crypto';
import type { TenantPool } from '../../client/index.js';
import { type KeptModel, vectorTable } from '../../examples/rag/documents/models.js';

const passagesOfDocument = 500;

/**
 * Fills the workspace up to so many passages. Their texts are of the evaluation's sentences, so that questions share words with
 * them; their vectors are random unit vectors, because to embed 50,000 passages takes most of an hour.
 */
export async function fillUpTo(
  pool: TenantPool,
  model: KeptModel,
  sentences: readonly string[],
  passages: number,
): Promise<void> {
  const { rows } = await pool.query<{ count: number }>('select count(*)::integer from passages');
  for (let left = passages - (rows[0]?.count ?? 0); left > 0; left -= passagesOfDocument)
    await addDocumentOf(pool, model, sentences, Math.min(left, passagesOfDocument));
  // What autovacuum does a minute later.
  await pool.query(`analyze ${vectorTable(model)}`);
}

async function addDocumentOf(
  pool: TenantPool,
  model: KeptModel,
  sentences: readonly string[],
  passages: number,
): Promise<void> {
  const id = randomUUID();
  const hashes = Array.from({ length: passages }, () => randomBytes(32));
  const texts = hashes.map(() => Array.from({ length: 5 }, () => anyOf(sentences)).join(' '));
  const vectors = hashes.map(() => `[${randomUnitVector(model.dimensions).join()}]`);
  await pool.query(
    `insert into documents (id, title, content_hash, live_version) values ($1, 'mass', $2, 1)`,
    [id, randomBytes(32)],
  );
  await pool.query(
    `insert into versions (document_id, version, kind, content, text, state) values ($1, 1, 'text', '', '', 'live')`,
    [id],
  );
  await pool.query(
    `insert into passages (id, document_id, version, ordinal, heading, from_offset, to_offset, text, text_hash, tokens)
     select hash, $1, 1, place, '', 0, 1, text, hash, 100
     from unnest($2::bytea[], $3::text[]) with ordinality as made (hash, text, place)`,
    [id, hashes, texts],
  );
  await pool.query(
    `insert into ${vectorTable(model)} (text_hash, vector)
     select hash, vector::halfvec from unnest($1::bytea[], $2::text[]) as made (hash, vector)`,
    [hashes, vectors],
  );
}

function anyOf<T>(items: readonly T[]): T | undefined {
  return items[Math.floor(Math.random() * items.length)];
}

/** Normal in each dimension, so uniform in direction. */
function randomUnitVector(dimensions: number): number[] {
  const values = Array.from(
    { length: dimensions },
    () => Math.sqrt(-2 * Math.log(1 - Math.random())) * Math.cos(2 * Math.PI * Math.random()),
  );
  const length = Math.hypot(...values);
  return values.map((value) => value / length);
}
