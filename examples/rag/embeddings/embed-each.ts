import type { Embedder } from './embedder.js';
import { EmbedderInputError } from './embedder-refused-error.js';

/** A text that the model will not take, by its place, and why in the model's words. */
export interface RefusedText {
  readonly place: number;
  readonly reason: string;
}

/** Any model takes this one, unless it is the settings that are wrong. */
const harmless = 'The ferry leaves at nine.';

/**
 * A vector for each text, or the first text that the model will not take.
 * @throws EmbedderRefusedError where it takes none at all.
 */
export async function embedEach(
  embedder: Embedder,
  texts: readonly string[],
  signal?: AbortSignal,
): Promise<Float32Array[] | RefusedText> {
  try {
    return await embedder.embed(texts, signal);
  } catch (error) {
    if (!(error instanceof EmbedderInputError)) throw error;
    await embedder.embed([harmless], signal);
  }
  const vectors: Float32Array[] = [];
  for (const [place, text] of texts.entries()) {
    try {
      vectors.push(...(await embedder.embed([text], signal)));
    } catch (error) {
      if (!(error instanceof EmbedderInputError)) throw error;
      return { place, reason: error.reason };
    }
  }
  return vectors;
}
