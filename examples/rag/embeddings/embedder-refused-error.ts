/** The model will not do what it is asked, now or later; the message says what to change. */
export class EmbedderRefusedError extends Error {
  override readonly name = 'EmbedderRefusedError';
}
