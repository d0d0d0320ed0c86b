import { cancellationSignal } from '@temporalio/activity';
import type { TenantPool } from 'tenantry/client';
import { type KeptModel, neededModels } from '../documents/models.js';
import { saveVectors, type TextWithoutVector, textsOfAll, textsOfVersion } from '../documents/vectors.js';
import type { VersionKey } from '../documents/version.js';
import type { Embedders } from '../embeddings/embedders.js';

/** A kill costs so many texts at most, and another tenant waits for no more. */
const batchSize = 16;

/** Embeds the next texts of a version, for each model that needs them. Returns whether there were any. */
export async function embedNextOfVersion(
  pool: TenantPool,
  version: VersionKey,
  embedders: Embedders,
): Promise<boolean> {
  for (const model of await neededModels(pool)) {
    const texts = await textsOfVersion(pool, model, version, batchSize);
    if (texts.length === 0) continue;
    await embed(pool, model, texts, embedders);
    return true;
  }
  return false;
}

/** Embeds the next texts that search reads and that a model has no vectors of. Returns whether there were any. */
export async function embedNextOfModel(
  pool: TenantPool,
  model: KeptModel,
  embedders: Embedders,
): Promise<boolean> {
  const texts = await textsOfAll(pool, model, batchSize);
  if (texts.length === 0) return false;
  await embed(pool, model, texts, embedders);
  return true;
}

async function embed(
  pool: TenantPool,
  model: KeptModel,
  texts: readonly TextWithoutVector[],
  embedders: Embedders,
): Promise<void> {
  const vectors = await embedders.of(model.model).embed(
    texts.map(({ text }) => text),
    cancellationSignal(),
  );
  await saveVectors(pool, model, texts, vectors);
}
