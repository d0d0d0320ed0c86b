import type pg from 'pg';

export type VectorIndex = 'ivfflat' | 'hnsw' | 'none';

/** A chunk fills a quarter of a page: 1 KB of vector, 800 bytes of text. */
const bytesPerChunk = 2048;
const chunksPerDocument = 50;
const batch = 20_000;

const indexes: Readonly<Record<VectorIndex, string | undefined>> = {
  ivfflat: 'create index on chunks using ivfflat (embedding vector_cosine_ops) with (lists = 100)',
  hnsw: 'create index on chunks using hnsw (embedding vector_cosine_ops)',
  none: undefined,
};

/** Fills the tables that the migrations have made with so many megabytes of rows, and indexes them. */
export async function fillDocuments(owner: pg.Client, megabytes: number, index: VectorIndex): Promise<void> {
  const chunks = Math.ceil((megabytes * 2 ** 20) / bytesPerChunk);
  const documents = Math.max(1, Math.ceil(chunks / chunksPerDocument));
  await owner.query(
    `insert into documents (title) select 'document ' || n from pg_catalog.generate_series(1, $1::integer) n`,
    [documents],
  );
  for (let done = 0; done < chunks; done += batch)
    await owner.query(
      `insert into chunks (document_id, body, embedding)
       select 1 + n % $1, pg_catalog.repeat(pg_catalog.md5(n::text), 25),
         array(select (pg_catalog.random() + n * 0)::real from pg_catalog.generate_series(1, 256))::vector
       from pg_catalog.generate_series($2::integer, $3::integer) n`,
      [documents, done + 1, Math.min(chunks, done + batch)],
    );
  await owner.query('create index on chunks (document_id)');
  const statement = indexes[index];
  if (statement !== undefined) await owner.query(statement);
  // So that neither way is slowed down by what Postgres does once after so many rows.
  await owner.query('vacuum analyze');
}

export async function databaseMegabytes(client: pg.Client): Promise<number> {
  const { rows } = await client.query<{ size: string }>(
    'select pg_catalog.pg_database_size(pg_catalog.current_database())::text as size',
  );
  return Number(rows[0]?.size) / 2 ** 20;
}
