/** The model will not do what it is asked, now or later; the message says what to change. */
export class EmbedderRefusedError extends Error {
  override readonly name: string = 'EmbedderRefusedError';
}

/** It may be one of the texts that the model will not take: another text shows whether it takes any. */
export class EmbedderInputError extends EmbedderRefusedError {
  override readonly name = 'EmbedderInputError';
  /** In the model's own words. */
  readonly reason: string;

  constructor(message: string, reason: string) {
    super(message);
    this.reason = reason;
  }
}
