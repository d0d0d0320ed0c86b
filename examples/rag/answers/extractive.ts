import { ownText } from '../documents/passages.js';
import type { Embedder } from '../embeddings/embedder.js';
import type { FoundPassage } from '../search/result.js';
import type { AnswerPart } from './parts.js';
import { sentencesIn } from './sentences.js';

/** Of so many passages sentences are taken, and so many of them make the answer. */
const mostPassages = 3;
const mostSentences = 3;
/** What is much further from the question than the nearest sentence says something else. */
const leastShare = 0.6;

/** The sentences nearest to the question, word for word. A heading is none, however near it is. */
export async function* extractedAnswer(
  embedder: Embedder,
  question: string,
  passages: readonly FoundPassage[],
  signal?: AbortSignal,
): AsyncGenerator<AnswerPart> {
  const sentences = passages.slice(0, mostPassages).flatMap((passage, index) =>
    sentencesIn(ownText(passage) || passage.text).map((text) => ({
      text,
      citation: { number: index + 1, passage },
    })),
  );
  const [asked, ...vectors] = await embedder.embed([question, ...sentences.map(({ text }) => text)], signal);
  const words = wordsOf(question);
  const nearest = sentences
    .map((sentence, place) => ({
      ...sentence,
      place,
      nearness: dot(asked, vectors[place]) + shareOf(words, wordsOf(sentence.text)),
    }))
    .toSorted((a, b) => b.nearness - a.nearness)
    .filter(({ nearness }, _, [first]) => nearness >= leastShare * (first?.nearness ?? 0))
    .slice(0, mostSentences)
    .toSorted((a, b) => a.citation.number - b.citation.number || a.place - b.place);
  for (const { text, citation } of nearest) {
    yield { text: `${text} ` };
    yield { citation };
    yield { text: '\n' };
  }
}

function dot(a: Float32Array | undefined, b: Float32Array | undefined): number {
  return a?.reduce((sum, value, index) => sum + value * (b?.[index] ?? 0), 0) ?? 0;
}

/** Words that say something by themselves: the short ones rarely do, unless they are numbers. */
function wordsOf(text: string): ReadonlySet<string> {
  const words = text.toLowerCase().match(/[\p{L}\p{N}][\p{L}\p{N}-]*/gu) ?? [];
  return new Set(words.filter((word) => word.length > 3 || /\p{N}/u.test(word)));
}

function shareOf(words: ReadonlySet<string>, others: ReadonlySet<string>): number {
  return [...words].filter((word) => others.has(word)).length / (words.size || 1);
}
