/** The beginning of a text. Half an emoji at its end would be no valid text to a server. */
export function cut(text: string, length: number): string {
  return text.slice(0, length).replace(/[\uD800-\uDBFF]$/, '');
}

/**
 * A text from elsewhere, fit to be shown: an address in it may hold a password. Only the beginning of a word is tried, or
 * a long one would take time by the square of its length.
 */
export function withoutAddresses(text: string): string {
  return text.replace(/(?<![\w+.-])[\w+.-]+:\/\/\S*/gi, '[address]');
}
