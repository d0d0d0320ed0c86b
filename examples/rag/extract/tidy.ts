import type { Block, Extracted } from './extracted.js';

/** Postgres takes neither U+0000 nor half of a character, and what looks the same should be the same. */
function tidyText(text: string): string {
  return text
    .replaceAll('\0', '')
    .replaceAll(/\p{Surrogate}/gu, '')
    .replaceAll(/\r\n?|\u2028|\u2029/g, '\n')
    .normalize('NFC');
}

/** What comes out of any document: no block is empty, none begins or ends with space but for the first line of code. */
export function tidy({ title, blocks }: Extracted): Extracted {
  const tidied = blocks.map(tidyBlock).filter(({ text }) => text !== '');
  const line = tidyText(title ?? '')
    .replaceAll(/\s+/g, ' ')
    .trim();
  return { ...(line !== '' && { title: line }), blocks: tidied };
}

function tidyBlock(block: Block): Block {
  const text = tidyText(block.text).trimEnd();
  return { ...block, text: block.kind === 'code' ? withoutBlankLines(text) : text.trimStart() };
}

/** At its beginning; how far its first line is indented belongs to it. */
const withoutBlankLines = (code: string) =>
  code.slice(code.slice(0, code.length - code.trimStart().length).lastIndexOf('\n') + 1);
