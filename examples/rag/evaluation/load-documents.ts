import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TenantPool } from 'tenantry/client';
import { chunk } from '../chunking/chunk.js';
import { passageSize } from '../chunking/passage-size.js';
import { textOf } from '../chunking/text-of.js';
import { limitsOf } from '../documents/limits.js';
import { type KeptModel, startModel } from '../documents/models.js';
import { publishVersion } from '../documents/publish.js';
import { beginReading, savePassages } from '../documents/reading.js';
import { addDocument } from '../documents/upload.js';
import { saveVectors, textsOfVersion } from '../documents/vectors.js';
import type { Embedder } from '../embeddings/embedder.js';
import { defaultLimits } from '../extract/limits.js';
import { readDocument } from '../extract/read-document.js';

const folder = join(import.meta.dirname, 'documents');
const limits = limitsOf('free');

/** Brings the documents of the evaluation into a workspace, with what the application brings in documents with. Returns how many. */
export async function loadDocuments(pool: TenantPool, embedder: Embedder): Promise<number> {
  const model = await startModel(pool, embedder);
  const files = (await readdir(folder)).filter((file) => file.endsWith('.md')).toSorted();
  for (const file of files) await load(pool, embedder, model, file);
  return files.length;
}

async function load(pool: TenantPool, embedder: Embedder, model: KeptModel, file: string): Promise<void> {
  const content = await readFile(join(folder, file));
  const version = await addDocument(pool, { kind: 'markdown', content, origin: file }, limits);
  await beginReading(pool, version);
  const { title, blocks } = await readDocument(content, 'markdown', defaultLimits);
  const passages = chunk(blocks, {
    ...passageSize,
    countTokens: (text) => embedder.countTokens(text),
  });
  await savePassages(pool, version, { title, text: textOf(blocks), passages }, limits);
  const texts = await textsOfVersion(pool, model, version, passages.length);
  await saveVectors(pool, model, texts, await embedder.embed(texts.map(({ text }) => text)));
  const published = await publishVersion(pool, version);
  if (published !== 'live') throw new Error(`${file} is ${published}`);
}
