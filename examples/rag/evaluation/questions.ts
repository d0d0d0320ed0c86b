import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';

const question = z.object({
  kind: z.enum(['plain', 'paraphrase', 'identifier', 'table', 'alike', 'typo', 'unanswerable']),
  question: z.string(),
  /** Each a place in a document, found by what it says, so that it holds however documents are cut. */
  answers: z.array(z.object({ document: z.string(), quote: z.string() })),
});

export type Question = z.infer<typeof question>;

export async function readQuestions(): Promise<Question[]> {
  const file = await readFile(join(import.meta.dirname, 'questions.json'), 'utf8');
  return z.array(question).parse(JSON.parse(file));
}

export interface Split<T> {
  readonly chosenBy: readonly T[];
  /** Nothing was chosen by these. */
  readonly heldOut: readonly T[];
}

/** Each part held out once. Items go into the parts by turns, so that every kind is in each. */
export function splitsOf<T>(items: readonly T[], parts: number): Split<T>[] {
  return Array.from({ length: parts }, (_, part) => ({
    chosenBy: items.filter((_, index) => index % parts !== part),
    heldOut: items.filter((_, index) => index % parts === part),
  }));
}
