import type { Embedder } from '../embeddings/embedder.js';

/** Embeds a text once: every way to search asks the same questions. */
export function remembering(embedder: Embedder): Embedder {
  const known = new Map<string, Float32Array>();
  return {
    ...embedder,
    async embed(texts, signal) {
      const fresh = [...new Set(texts)].filter((text) => !known.has(text));
      const vectors = await embedder.embed(fresh, signal);
      for (const [place, vector] of vectors.entries()) known.set(fresh[place] ?? '', vector);
      return texts.flatMap((text) => known.get(text) ?? []);
    },
  };
}
