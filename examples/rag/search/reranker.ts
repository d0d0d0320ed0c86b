/** Reads question and passage together, which judges better than vectors and costs more. */
export interface Reranker {
  readonly model: string;
  /**
   * How well each text answers the question, in their order; only comparable with one another.
   * @throws RerankerError when it does not say.
   */
  rerank(question: string, texts: readonly string[], signal?: AbortSignal): Promise<number[]>;
}

/** The message is a sentence for who searches. */
export class RerankerError extends Error {
  override readonly name = 'RerankerError';
}
