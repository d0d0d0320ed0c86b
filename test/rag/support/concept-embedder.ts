import type { Embedder } from '../../../examples/rag/embeddings/embedder.js';

/** Each is a direction, and its words are synonyms: a model that a reader of a test can run in their head. */
const concepts = [
  ['holiday', 'holidays', 'vacation', 'leave', 'off'],
  ['pay', 'salary', 'wage', 'payslip'],
  ['boat', 'ship', 'vessel', 'ferry'],
  ['password', 'login', 'credentials'],
];

export const conceptEmbedder: Embedder = {
  model: 'concepts',
  dimensions: concepts.length + 1,
  countTokens: (text) => wordsOf(text).length,
  embed: async (texts) => texts.map(vectorOf),
  close: async () => {},
};

function vectorOf(text: string): Float32Array {
  const words = wordsOf(text);
  const counts = concepts.map((synonyms) => words.filter((word) => synonyms.includes(word)).length);
  const vector = Float32Array.from([...counts, 0.3]);
  const length = Math.hypot(...vector);
  return vector.map((value) => value / length);
}

function wordsOf(text: string): string[] {
  return text.toLowerCase().match(/[a-z0-9]+/g) ?? [];
}
