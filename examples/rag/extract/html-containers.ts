import type { Block } from './extracted.js';
import { tableText } from './table-text.js';

/** What elements hold: blocks, and what is a block only with others of its kind. */
export type Part = Block | { readonly kind: 'item' | 'row' | 'cell'; readonly parts: readonly Part[] };

type Close = (parts: readonly Part[], attributes: Readonly<Record<string, string>>) => readonly Part[];

/** What becomes of what an element held when it ends. Elements that are not here leave it to those around them. */
export const closeContainer: Readonly<Record<string, Close | undefined>> = {
  __proto__: null as never,
  main: (parts) => parts,
  blockquote: (parts) =>
    flat(parts).map((block) => (block.kind === 'paragraph' ? { ...block, kind: 'quote' } : block)),
  ul: (parts) => [{ kind: 'list', text: listText(parts, () => '-') }],
  ol: (parts, { start = '1' }) => [
    { kind: 'list', text: listText(parts, (i) => `${(Number.parseInt(start, 10) || 1) + i}.`) },
  ],
  li: (parts) => [{ kind: 'item', parts }],
  table: (parts, { role }) => (isLayout(parts, role) ? flat(parts) : tableOf(parts)),
  tr: (parts) => [{ kind: 'row', parts }],
  td: (parts) => [{ kind: 'cell', parts }],
  th: (parts) => [{ kind: 'cell', parts }],
};

export const flat = (parts: readonly Part[]): Block[] =>
  parts.flatMap((part) => ('parts' in part ? flat(part.parts) : [part]));

function listText(parts: readonly Part[], mark: (i: number) => string): string {
  return parts.map((part, i) => `${mark(i)} ${indented(flat([part]))}`).join('\n');
}

/** The lines of an item below its first. */
const indented = (blocks: readonly Block[]) =>
  blocks
    .map(({ text }) => text)
    .join('\n')
    .replaceAll('\n', '\n  ');

/** A table that arranges the page, as pages once did, and not data. */
function isLayout(parts: readonly Part[], role: string | undefined): boolean {
  return (
    role === 'presentation' ||
    role === 'none' ||
    flat(parts).some(({ kind }) => kind === 'heading' || kind === 'table' || kind === 'code')
  );
}

/** What stands in a table and in no cell, its caption, goes before it. */
function tableOf(parts: readonly Part[]): readonly Block[] {
  const rows = parts.flatMap((part) => (part.kind === 'row' ? [part.parts] : []));
  const text = tableText(
    rows.map((cells) =>
      cells.map((cell) =>
        flat([cell])
          .map(({ text }) => text)
          .join(' '),
      ),
    ),
  );
  return [...flat(parts.filter(({ kind }) => kind !== 'row')), { kind: 'table', text }];
}
