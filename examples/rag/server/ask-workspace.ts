import type { TenantPool } from 'tenantry/client';
import { answer } from '../answers/answer.js';
import type { Chat } from '../answers/chat.js';
import type { AnswerPart } from '../answers/parts.js';
import { liveModel } from '../documents/models.js';
import type { Embedders } from '../embeddings/embedders.js';
import type { Reranker } from '../search/reranker.js';
import type { SearchResult } from '../search/result.js';
import { search } from '../search/search.js';
import type { SearchFilter } from '../search/searchable.js';

/** What a search found, with what is said of it beside the answer. */
export interface Found extends SearchResult {
  /** What is said of the model, such as that it is weaker than another. */
  readonly modelNote?: string | undefined;
  readonly tookMs: number;
}

/** An answer as it comes: first what was found, then the pieces of the answer, none if the documents do not hold it. */
export type AnswerEvent =
  | { readonly kind: 'found'; readonly found: Found }
  | { readonly kind: 'part'; readonly part: AnswerPart };

export type AskWorkspace = (
  pool: TenantPool,
  question: string,
  filter: SearchFilter,
  signal: AbortSignal,
) => AsyncIterable<AnswerEvent>;

export interface AskParts {
  readonly embedders: Embedders;
  /** @default answers are sentences of the documents */
  readonly chat?: Chat | undefined;
  /** @default passages keep the order of the fusion */
  readonly reranker?: Reranker | undefined;
}

/** Throws what `search` and `answer` throw. */
export function workspaceAsker({ embedders, chat, reranker }: AskParts): AskWorkspace {
  return async function* (pool, question, filter, signal) {
    const startedAt = performance.now();
    const live = await liveModel(pool);
    // While the model is being changed, search asks the former one until the new one has all vectors.
    const embedder = live === undefined ? embedders.newest : embedders.of(live.model);
    const result = await search(pool, embedder, question, {
      ...filter,
      signal,
      reranker,
      read: chat !== undefined,
    });
    const tookMs = performance.now() - startedAt;
    yield { kind: 'found', found: { ...result, modelNote: embedder.note, tookMs } };
    if (result.verdict === 'not found') return;
    for await (const part of answer(question, result, { embedder, chat, signal }))
      yield { kind: 'part', part };
  };
}
