import { onOneLine } from './redact.js';

/**
 * A text in the Markdown of the Temporal UI that shows as it is written: it makes no cell, link, emphasis or element of
 * its own. An underscore within a word has no meaning there and stays as it is.
 */
export function asMarkdownText(text: string): string {
  return onOneLine(text)
    .replace(/[\\`*[\]<>|~&]|(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])/gu, '\\$&')
    .replace(/:(?=\/\/)|(?<=\bwww)\./gi, '\\$&');
}
