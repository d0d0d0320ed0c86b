import { ApplicationFailure, cancellationSignal } from '@temporalio/activity';
import type { TenantPool } from 'tenantry/client';
import { type KeptModel, neededModels } from '../documents/models.js';
import { failVersion } from '../documents/reading.js';
import { saveVectors, type TextWithoutVector, textsOfAll, textsOfVersion } from '../documents/vectors.js';
import type { VersionKey } from '../documents/version.js';
import { embedEach } from '../embeddings/embed-each.js';
import type { Embedders } from '../embeddings/embedders.js';
import { passageRefused } from '../workflows/names.js';

/** A kill costs so many texts at most, and another tenant waits for no more. */
const batchSize = 16;

/**
 * Embeds the next texts of a version, for each model that needs them. A version with a text that a model will not take fails, with
 * the reason for its owner. Returns whether there were any texts.
 */
export async function embedNextOfVersion(
  pool: TenantPool,
  version: VersionKey,
  embedders: Embedders,
): Promise<boolean> {
  for (const model of await neededModels(pool)) {
    const texts = await textsOfVersion(pool, model, version, batchSize);
    if (texts.length === 0) continue;
    const refused = await embed(pool, model, texts, embedders);
    if (refused === undefined) return true;
    await failVersion(pool, version, reasonOf(refused));
    return false;
  }
  return false;
}

/**
 * Embeds the next texts that search reads and that a model has no vectors of. Returns whether there were any.
 * Where the model will not take one of them, it fails, and search stays with the former model.
 */
export async function embedNextOfModel(
  pool: TenantPool,
  model: KeptModel,
  embedders: Embedders,
): Promise<boolean> {
  const texts = await textsOfAll(pool, model, batchSize);
  if (texts.length === 0) return false;
  const refused = await embed(pool, model, texts, embedders);
  if (refused !== undefined)
    throw ApplicationFailure.nonRetryable(
      'the new model does not take a passage that is live',
      passageRefused,
    );
  return true;
}

interface Refused {
  readonly text: string;
  readonly reason: string;
}

/** Returns the text that the model will not take, if there is one; then none of them has a vector. */
async function embed(
  pool: TenantPool,
  model: KeptModel,
  texts: readonly TextWithoutVector[],
  embedders: Embedders,
): Promise<Refused | undefined> {
  const given = texts.map(({ text }) => text);
  const made = await embedEach(embedders.of(model.model), given, cancellationSignal());
  if ('place' in made) return { text: given[made.place] ?? '', reason: made.reason };
  await saveVectors(pool, model, texts, made);
  return undefined;
}

const shownOfText = 80;

function reasonOf({ text, reason }: Refused): string {
  const start = Array.from(text.replaceAll(/\s+/g, ' ')).slice(0, shownOfText).join('');
  return `The embedding model does not take the passage that begins “${start}”. It says: ${reason}`;
}
