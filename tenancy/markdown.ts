import { onOneLine } from './redact.js';

/**
 * Escapes a text for the Markdown of the Temporal UI, so that it shows literally: it creates no cell, link, emphasis
 * or element. An underscore within a word has no meaning there and stays.
 */
export function asMarkdownText(text: string): string {
  return onOneLine(text)
    .replace(/[\\`*[\]<>|~&]|(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])/gu, '\\$&')
    .replace(/:(?=\/\/)|(?<=\bwww)\./gi, '\\$&');
}
