/** Turns texts into vectors. One model, one length: a change of either is a change of model. */
export interface Embedder {
  /** Names the model and what it was made with, such as `all-MiniLM-L6-v2-int8`. Vectors of two names are never compared. */
  readonly model: string;
  readonly dimensions: number;
  /** What is said of it to a person, such as that it is weaker than another. */
  readonly note?: string;
  /** How many tokens a text is to the model. */
  countTokens(text: string): number;
  /**
   * A vector of length 1 for each text, in their order.
   * @throws EmbedderBusyError where asking again later is all that helps.
   */
  embed(texts: readonly string[], signal?: AbortSignal): Promise<Float32Array[]>;
  close(): Promise<void>;
}

/** The model does not answer now, or asks for patience. */
export class EmbedderBusyError extends Error {
  override readonly name = 'EmbedderBusyError';
  /** In milliseconds; absent where it said none. */
  readonly retryAfterMs: number | undefined;

  constructor(message: string, retryAfterMs?: number) {
    super(message);
    this.retryAfterMs = retryAfterMs;
  }
}
