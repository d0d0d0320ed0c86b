/** The command was used wrongly: an option or a value that it does not accept. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
