import { fileURLToPath } from 'node:url';
import type { TenantPool } from '../../../client/index.js';
import type { Dependencies } from '../../../examples/rag/activities/dependencies.js';
import { dependenciesOf } from '../../../examples/rag/activities/dependencies-of.js';
import { activitiesOf } from '../../../examples/rag/activities/index.js';
import { askForWork, type Workers } from '../../../examples/rag/documents/ask-for-work.js';
import { listDocuments } from '../../../examples/rag/documents/catalogue.js';
import { limitsOf } from '../../../examples/rag/documents/limits.js';
import { addDocument, type Uploaded } from '../../../examples/rag/documents/upload.js';
import type { Embedder } from '../../../examples/rag/embeddings/embedder.js';
import { embeddersOf } from '../../../examples/rag/embeddings/embedders.js';
import { eventually } from '../../support/eventually.js';
import type { TestTenantry } from '../../support/tenantry.js';

export const workflowsPath = fileURLToPath(
  new URL('../../../examples/rag/workflows/index.ts', import.meta.url),
);

/** A worker of the example in this process. */
export function startRagWorker(
  t: TestTenantry,
  embedders: { readonly newest: Embedder; readonly former?: Embedder },
  change: Partial<Dependencies> = {},
) {
  const dependencies = dependenciesOf(t.tenantry, embeddersOf(embedders.newest, embedders.former));
  return t.startWorker({ workflowsPath, ...activitiesOf({ ...dependencies, ...change }, 2) });
}

export const workersOf = ({ temporal, taskQueue }: TestTenantry): Workers => ({ temporal, taskQueue });

/** What the application does with an upload. */
export async function upload(
  t: TestTenantry,
  tenantId: string,
  content: string,
  origin?: string,
): Promise<Uploaded> {
  const pool = await t.tenantry.pool(tenantId);
  const uploaded = await addDocument(
    pool,
    { kind: 'text', content: Buffer.from(content), origin },
    limitsOf('free'),
  );
  await askForWork(workersOf(t), { tenantId, documentId: uploaded.documentId });
  return uploaded;
}

/** So many paragraphs, each a passage of its own and unlike all others. */
export function essay(name: string, paragraphs: number): string {
  return Array.from({ length: paragraphs }, (_, n) => {
    const words = Array.from({ length: 150 }, (_, at) => `${name}${at % 12}`);
    return `${name} paragraph ${n} says ${words.join(' ')}.`;
  }).join('\n\n');
}

export async function allLive(pool: TenantPool, documents: number): Promise<void> {
  await eventually(`${documents} documents are live`, async () => {
    const all = await listDocuments(pool);
    return all.length === documents && all.every(({ state }) => state === 'live');
  });
}

/** Fails unless each passage that its document's text has is there once, with a vector, and nothing else is. */
export async function checkPassages(pool: TenantPool): Promise<number> {
  const { rows } = await pool.query(`
    select
      (select count(*) from passages)::integer as passages,
      (select count(distinct (document_id, ordinal)) from passages)::integer as places,
      (select count(*) from passages p join documents d on d.id = document_id and live_version = version)::integer as live,
      (select count(distinct text_hash) from passages)::integer as texts,
      (select count(*) from app.vectors_1)::integer as vectors,
      (select count(*) from passages p join versions v using (document_id, version)
        where position(split_part(p.text, E'\\n', 1) in v.text) = 0)::integer as strangers,
      (select count(*) from documents d where (select count(*) from passages p where p.document_id = d.id)
        <> (select max(ordinal) + 1 from passages p where p.document_id = d.id))::integer as gaps`);
  const [found] = rows;
  const { passages } = found;
  const wanted = {
    passages,
    places: passages,
    live: passages,
    texts: found.texts,
    vectors: found.texts,
    strangers: 0,
    gaps: 0,
  };
  if (JSON.stringify(found) !== JSON.stringify(wanted)) throw new Error(JSON.stringify(found));
  return passages;
}
