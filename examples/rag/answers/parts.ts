import type { FoundPassage } from '../search/result.js';

/** A passage as an answer cites it: by its place among those that were found, from 1. */
export interface Citation {
  readonly number: number;
  readonly passage: FoundPassage;
}

/**
 * A piece of an answer, in order. Text is plain: to be shown as it stands, never read as HTML or Markdown. A notice is ours, and no
 * part of the answer.
 */
export type AnswerPart =
  | { readonly text: string }
  | { readonly citation: Citation }
  | { readonly notice: string };
