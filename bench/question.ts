import type { z } from 'zod';
import type { optionsSchema } from './options.js';

export type QuestionOptions = z.output<typeof optionsSchema>;

/**
 * What a file of `bench/questions/` exports by default. Its name is what the command calls it; nothing else has to know of it.
 */
export interface Question {
  /** What it answers, in a line. */
  readonly asks: string;
  measure(options: QuestionOptions): Promise<Answer>;
}

export interface Answer {
  /** The rows of the table, the first of them its head. */
  readonly table: readonly (readonly string[])[];
  /** Ours, divided by a baseline's of the same run: what may be compared between machines and days. */
  readonly ratios: Readonly<Record<string, number>>;
  /** Everything that was measured, with the unit in each name. */
  readonly figures: object;
  /** What must hold and does not, in a sentence each: the command then ends with 1. @default nothing */
  readonly broken?: readonly string[];
}
