import type { FoundPassage, Thresholds, Verdict } from './result.js';

/**
 * How well the best passage answers a question: near in meaning, with its words, and with the names and numbers it asks for. Those
 * have no synonyms, and by meaning alone Lisbon is near Porto, and 2024 nearly 2025.
 */
export function confidenceIn(question: string, passages: readonly FoundPassage[]): number {
  const names = namesAndNumbersIn(question);
  return Math.max(
    0,
    ...passages.map(
      ({ scores, ...passage }) => scores.cosine + scores.coverage - shareMissing(names, passage),
    ),
  );
}

/** Words with a digit, and those with a capital that do not begin the question. */
export function namesAndNumbersIn(question: string): string[] {
  const words = question.match(/[\p{L}\p{N}](?:[\p{L}\p{N}-]*[\p{L}\p{N}])?/gu) ?? [];
  return words.filter(
    (word, place) => /\p{N}/u.test(word) || (place > 0 && word.length > 1 && /^\p{Lu}/u.test(word)),
  );
}

function shareMissing(
  names: readonly string[],
  { title, heading, text }: Pick<FoundPassage, 'title' | 'heading' | 'text'>,
): number {
  if (names.length === 0) return 0;
  const all = `${title}\n${heading}\n${text}`.toLowerCase();
  return names.filter((name) => !all.includes(name.toLowerCase())).length / names.length;
}

/** By `npm run eval:rag`, which says how they are chosen. The cosines of another model lie elsewhere. */
const measured: Readonly<Record<string, Thresholds>> = {
  'all-MiniLM-L6-v2-int8': { hopeless: 0.39, unsure: 1.05, found: 1.22 },
  'wordllama-l2-supercat-256': { hopeless: 0.3, unsure: 1.01, found: 1.1 },
};

export function thresholdsOf(model: string): Thresholds | undefined {
  return measured[model];
}

/** @param read Whether a language model reads the passages, and says itself when they do not answer. */
export function verdictOn(confidence: number, thresholds: Thresholds | undefined, read: boolean): Verdict {
  if (thresholds === undefined) return 'unsure';
  if (confidence < (read ? thresholds.hopeless : thresholds.unsure)) return 'not found';
  return confidence < thresholds.found ? 'unsure' : 'found';
}
