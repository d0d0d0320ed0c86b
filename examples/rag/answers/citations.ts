import type { FoundPassage } from '../search/result.js';
import type { AnswerPart } from './parts.js';

const marks = /\[(\d+(?:\s*[,;]\s*\d+)*)\]/g;

/** Takes a text's `[1]` and `[1, 2]` apart. Numbers of passages that were not given go into `unknown`, and out of the text. */
export function citationsIn(
  text: string,
  passages: readonly FoundPassage[],
): { readonly parts: AnswerPart[]; readonly unknown: number[] } {
  const parts: AnswerPart[] = [];
  const unknown: number[] = [];
  let read = 0;
  for (const mark of text.matchAll(marks)) {
    if (mark.index > read) parts.push({ text: text.slice(read, mark.index) });
    read = mark.index + mark[0].length;
    for (const number of (mark[1] ?? '').split(/[,;]/).map(Number)) {
      const passage = passages[number - 1];
      if (passage === undefined) unknown.push(number);
      else parts.push({ citation: { number, passage } });
    }
  }
  if (read < text.length) parts.push({ text: text.slice(read) });
  return { parts, unknown };
}
