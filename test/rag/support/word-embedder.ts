import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Embedder } from '../../../examples/rag/embeddings/embedder.js';

interface WordEmbedderOptions {
  readonly model?: string;
  readonly dimensions?: number;
  /** What each text takes. @default nothing */
  readonly msPerText?: number;
}

export interface WordEmbedder extends Embedder {
  /** Every text that it was given. */
  readonly given: string[];
}

/** Texts that share words are near each other, and nothing is to be downloaded: each word counts in a place that its hash names. */
export function wordEmbedder(options: WordEmbedderOptions = {}): WordEmbedder {
  const { model = 'words', dimensions = 64, msPerText = 0 } = options;
  const given: string[] = [];
  return {
    model,
    dimensions,
    given,
    countTokens: (text) => wordsOf(text).length,
    async embed(texts, signal) {
      given.push(...texts);
      await sleep(texts.length * msPerText, undefined, { signal });
      return texts.map((text) => vectorOf(text, dimensions));
    },
    async close() {},
  };
}

function vectorOf(text: string, dimensions: number): Float32Array {
  const vector = new Float32Array(dimensions);
  for (const word of wordsOf(text)) {
    const place = createHash('sha256').update(word).digest().readUInt32LE() % dimensions;
    vector[place] = (vector[place] ?? 0) + 1;
  }
  const length = Math.hypot(...vector) || 1;
  return vector.map((value) => value / length);
}

function wordsOf(text: string): string[] {
  return text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
}
