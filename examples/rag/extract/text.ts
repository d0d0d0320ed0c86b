import type { Extracted } from './extracted.js';

/** Plain text: paragraphs are what empty lines part. */
export function readText(text: string): Extracted {
  const blocks = text
    .split(/\n\s*\n|\f/)
    .map((paragraph) => ({ kind: 'paragraph' as const, text: paragraph.trim() }));
  return { blocks };
}
