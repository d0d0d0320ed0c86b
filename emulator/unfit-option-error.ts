/** An option that the emulator was started with cannot be; the message says which, and why. */
export class UnfitOptionError extends Error {
  override readonly name = 'UnfitOptionError';
}
