import { onOneLine } from './redact.js';

/** Nothing in it means anything in Markdown, nor is it a control character. */
const plain = /^[A-Za-z0-9 ,()]*$/;

/**
 * Escapes a text for the Markdown of the Temporal UI, so that it shows literally: it creates no cell, link, emphasis
 * or element. An underscore within a word has no meaning there and stays.
 */
export function asMarkdownText(text: string): string {
  // A run shows its steps anew at each change, and hardly a step's name has anything to escape.
  if (plain.test(text)) return text;
  return onOneLine(text)
    .replace(/[\\`*[\]<>|~&]|(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])/gu, '\\$&')
    .replace(/:(?=\/\/)|(?<=\bwww)\./gi, '\\$&');
}
