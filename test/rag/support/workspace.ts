import { createHash, randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type pg from 'pg';
import type { Embedder } from '../../../examples/rag/embeddings/embedder.js';
import { checkoutRoot } from '../../../local/state-directory.js';
import { startTenantry } from '../../support/tenantry.js';

export interface RagWorkspace {
  /** As the application has it: the tenant's limited role. */
  readonly pool: pg.Pool;
  stop(): Promise<void>;
}

/** A tenant of the example's, in an installation of its own. */
export async function startRagWorkspace(): Promise<RagWorkspace> {
  const t = await startTenantry({ fleet: { appRole: { ownSchema: 'app' } } });
  const migration = path.join(checkoutRoot, 'examples/rag/migrations/0001_documents.sql');
  await t.writeMigration('0001_documents.sql', await readFile(migration, 'utf8'));
  await t.startWorker();
  await t.tenantry.execute.onboard({ id: 'acme' });
  return {
    pool: await t.tenantry.pool('acme'),
    async stop() {
      await t.tenantry.close();
      await t.stop();
    },
  };
}

export interface TestDocument {
  readonly title: string;
  readonly tags?: readonly string[];
  readonly passages: readonly string[];
}

/** Makes the embedder's model the one that search asks. */
export async function startModel(pool: pg.Pool, { model, dimensions }: Embedder): Promise<void> {
  await pool.query(`insert into embedding_models (id, model, dimensions, state) values (1, $1, $2, 'live')`, [
    model,
    dimensions,
  ]);
  await pool.query(
    `create table app.vectors_1 (text_hash bytea primary key, vector halfvec(${dimensions}) not null)`,
  );
}

/** Writes a live document as its workflow leaves it. */
export async function addLive(pool: pg.Pool, embedder: Embedder, document: TestDocument): Promise<string> {
  const { title, tags = [], passages } = document;
  const id = randomUUID();
  await pool.query(
    'insert into documents (id, title, tags, content_hash, live_version) values ($1, $2, $3, $4, 1)',
    [id, title, tags, sha256(id)],
  );
  await pool.query(
    `insert into versions (document_id, version, kind, content, state) values ($1, 1, 'text', '', 'live')`,
    [id],
  );
  await addPassages(pool, embedder, { id, version: 1, heading: title, passages });
  return id;
}

interface PassagesInput {
  readonly id: string;
  readonly version: number;
  readonly heading: string;
  readonly passages: readonly string[];
}

export async function addPassages(pool: pg.Pool, embedder: Embedder, input: PassagesInput): Promise<void> {
  const { id, version, heading, passages } = input;
  const vectors = await embedder.embed(passages);
  let from = 0;
  for (const [ordinal, text] of passages.entries()) {
    const place = sha256(`${id} ${version} ${ordinal}`);
    await pool.query(
      `insert into passages (id, document_id, version, ordinal, heading, from_offset, to_offset, text, text_hash, tokens)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
      [
        place,
        id,
        version,
        ordinal,
        heading,
        from,
        from + text.length,
        text,
        sha256(text),
        embedder.countTokens(text),
      ],
    );
    await pool.query('insert into app.vectors_1 values ($1, $2::halfvec) on conflict do nothing', [
      sha256(text),
      `[${vectors[ordinal]?.join(',')}]`,
    ]);
    from += text.length + 2;
  }
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
