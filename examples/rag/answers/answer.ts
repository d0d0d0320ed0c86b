import type { Embedder } from '../embeddings/embedder.js';
import type { SearchResult } from '../search/result.js';
import type { Chat } from './chat.js';
import { extractedAnswer } from './extractive.js';
import { generatedAnswer } from './generated.js';
import type { AnswerPart } from './parts.js';
import { notFound } from './prompt.js';

export interface AnswerOptions {
  /** Of the question and, without a language model, of sentences. */
  readonly embedder: Embedder;
  /** The language model, if one is configured. */
  readonly chat?: Chat | undefined;
  readonly signal?: AbortSignal;
}

/** Answers a question from what search found, piece by piece. Where that is nothing, no language model is asked. */
export async function* answer(
  question: string,
  { passages, verdict }: SearchResult,
  { embedder, chat, signal }: AnswerOptions,
): AsyncGenerator<AnswerPart> {
  if (verdict === 'not found') {
    yield { text: notFound };
    return;
  }
  if (verdict === 'unsure') {
    yield { notice: 'These are the nearest passages; they may not answer the question.' };
  }
  if (chat !== undefined) {
    yield* generatedAnswer(chat, question, passages, signal);
    return;
  }
  yield { notice: 'No language model is configured: these are sentences of your documents, word for word.' };
  yield* extractedAnswer(embedder, question, passages, signal);
}
