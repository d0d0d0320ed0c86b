import { join } from 'node:path';
import type { Embedder } from './embedder.js';
import { readSafetensors } from './safetensors.js';
import { readTokenizer } from './tokenizer.js';
import { toUnit } from './unit-vector.js';

/** Some megabytes of words. */
const maxKnown = 50_000;

/**
 * WordLlama's table of 32,000 word parts, on this machine: a text is the mean of its parts. It needs no native code and takes well
 * under a millisecond a passage, and does not see the order of words.
 * @param folder Of the local models: `findModels()`.
 */
export async function openWordLlama(folder: string): Promise<Embedder> {
  const tokenizer = await readTokenizer(join(folder, 'wordllama/tokenizer.json'));
  const table = await readSafetensors(join(folder, 'wordllama/table.safetensors'), 'embedding.weight');
  const dimensions = table.columns;

  // No part of the table crosses a space, so words are looked up one by one, and most come again and again.
  const known = new Map<string, readonly number[]>();
  const idsOfWord = (word: string): readonly number[] => {
    const ids = known.get(word) ?? tokenizer.encode(word, { add_special_tokens: false }).ids;
    if (known.size >= maxKnown) known.clear();
    known.set(word, ids);
    return ids;
  };
  const idsOf = (text: string): number[] =>
    text
      .split(/\s+/)
      .filter((word) => word !== '')
      .flatMap(idsOfWord);

  const embedOne = (text: string): Float32Array => {
    const sum = new Float32Array(dimensions);
    for (const id of idsOf(text)) {
      const row = table.row(id);
      for (let i = 0; i < dimensions; i += 1) sum[i] = (sum[i] ?? 0) + (row[i] ?? 0);
    }
    return toUnit(sum);
  };

  return {
    model: 'wordllama-l2-supercat-256',
    dimensions,
    note: 'This model compares words rather than meaning; MiniLM finds more.',
    countTokens: (text) => idsOf(text).length,
    async embed(texts, signal) {
      signal?.throwIfAborted();
      return texts.map(embedOne);
    },
    async close() {},
  };
}
