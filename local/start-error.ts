/** A part of the local stack did not start. The message holds the end of its own log, which says why. */
export class StartError extends Error {
  override readonly name = 'StartError';
}
