/** The command was asked for something that it cannot mean. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
