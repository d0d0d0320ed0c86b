import type { TenantPool } from 'tenantry/client';
import type { FoundPassage, SearchMethod } from '../search/result.js';
import type { SearchFilter } from '../search/searchable.js';

/** How the passages were found, to be shown beside the answer. */
export interface SearchNote extends SearchMethod {
  /** What is said of the model, such as that it is weaker than another. */
  readonly modelNote?: string | undefined;
  readonly tookMs: number;
}

/** An answer as it comes: first what was found, then the text as it is written, and at the end the whole. */
export type AnswerEvent =
  /** The first passage is cited as `[1]`. */
  | { readonly kind: 'found'; readonly passages: readonly FoundPassage[]; readonly how: SearchNote }
  /** Nothing in the documents answers the question. It is the last event. */
  | { readonly kind: 'not-found'; readonly how: SearchNote }
  | { readonly kind: 'text'; readonly text: string }
  /** The whole answer, after its citations were checked, and who wrote it. It is the last event. */
  | { readonly kind: 'answered'; readonly text: string; readonly by: string };

export type AskWorkspace = (
  pool: TenantPool,
  question: string,
  filter: SearchFilter,
  signal: AbortSignal,
) => AsyncIterable<AnswerEvent>;
