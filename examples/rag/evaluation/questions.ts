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

/** By turns, so that every kind is in both: one half to choose by, one that nothing was chosen by. */
export function halvesOf<T>(items: readonly T[]): { readonly chosenBy: T[]; readonly heldOut: T[] } {
  return {
    chosenBy: items.filter((_, index) => index % 2 === 0),
    heldOut: items.filter((_, index) => index % 2 === 1),
  };
}
