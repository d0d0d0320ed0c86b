import { cancellationSignal } from '@temporalio/activity';
import type { TenantPool } from 'tenantry/client';
import { chunkInTurns } from '../chunking/chunk.js';
import { passageSize } from '../chunking/passage-size.js';
import { textOf } from '../chunking/text-of.js';
import { LimitReachedError, type Limits } from '../documents/limits.js';
import {
  beginReading,
  failVersion,
  type ReadText,
  savePassages,
  takeBackReading,
} from '../documents/reading.js';
import { storable } from '../documents/text.js';
import type { VersionContent, VersionKey } from '../documents/version.js';
import type { Embedder } from '../embeddings/embedder.js';
import { extract } from '../extract/extract.js';
import { DocumentUnfitError } from '../extract/extracted.js';

/**
 * Extracts a version's text and keeps its passages. A document that is unfit, or too long for the workspace, fails here, with
 * the reason for its owner. Returns whether there are passages to be embedded.
 */
export async function readVersion(
  pool: TenantPool,
  version: VersionKey,
  embedder: Pick<Embedder, 'countTokens'>,
  limits: Pick<Limits, 'passages'>,
): Promise<boolean> {
  const reading = await beginReading(pool, version);
  if (reading.stage !== 'begun') return reading.stage === 'read';
  try {
    return await savePassages(pool, version, await read(reading, embedder), limits);
  } catch (error) {
    if (!(error instanceof DocumentUnfitError || error instanceof LimitReachedError)) {
      // Nor has this ended the worker. Where the database is away, the reading stays counted.
      await takeBackReading(pool, version).catch(() => {});
      throw error;
    }
    await failVersion(pool, version, error.message);
    return false;
  }
}

async function read(
  { content, kind }: VersionContent,
  { countTokens }: Pick<Embedder, 'countTokens'>,
): Promise<ReadText> {
  const signal = cancellationSignal();
  const extracted = await extract(content, kind, { signal });
  const blocks = extracted.blocks.map((block) => ({ ...block, text: storable(block.text) }));
  const passages = await chunkInTurns(blocks, { ...passageSize, countTokens }, signal);
  if (passages.length === 0) throw new DocumentUnfitError('There is no text in it.');
  return { title: extracted.title, text: textOf(blocks), passages };
}
