/** Measures places in one text, in tokens. */
export interface Ruler {
  readonly text: string;
  measure(from: number, to: number): number;
  measureText(text: string): number;
}

/**
 * Of any model, the tokens of a text are shorter than this on average. A text that has fewer, such as a picture written as letters,
 * which a model takes for one unknown word, is measured by its length: so no passage grows without end.
 */
const longestToken = 16;

/** Does not count the tokens that the model adds to each text, and counts nothing that is too long for a passage anyway. */
export function rulerFor(text: string, countTokens: (text: string) => number, maxTokens: number): Ruler {
  const added = countTokens('');
  const measureText = (part: string) => {
    const byLength = part.length / longestToken;
    return byLength > maxTokens ? byLength : Math.max(countTokens(part) - added, byLength);
  };
  return { text, measure: (from, to) => measureText(text.slice(from, to)), measureText };
}
