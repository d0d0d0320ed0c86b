import { fromMarkdown } from 'mdast-util-from-markdown';
import { gfmTableFromMarkdown } from 'mdast-util-gfm-table';
import { toString as textIn } from 'mdast-util-to-string';
import { gfmTable } from 'micromark-extension-gfm-table';
import type { Block, Extracted } from './extracted.js';
import { readHtml } from './html.js';
import type { ExtractLimits } from './limits.js';
import { tableText } from './table-text.js';

type Content = ReturnType<typeof fromMarkdown>['children'][number];
type List = Extract<Content, { type: 'list' }>;
type ListItem = List['children'][number];
type Table = Extract<Content, { type: 'table' }>;

/** CommonMark with tables as GitHub has them, and HTML where it has some. */
export function readMarkdown(text: string, limits: ExtractLimits): Extracted {
  const { body, title: stated } = withoutFrontMatter(text);
  const { children } = fromMarkdown(body, {
    extensions: [gfmTable()],
    mdastExtensions: [gfmTableFromMarkdown()],
  });
  const blocks = children.flatMap((node) => blocksOf(node, limits));
  const [first] = blocks;
  const title = stated ?? (first?.kind === 'heading' && first.level === 1 ? first.text : undefined);
  return { ...(title !== undefined && { title }), blocks };
}

function blocksOf(node: Content, limits: ExtractLimits): readonly Block[] {
  switch (node.type) {
    case 'heading':
      return [{ kind: 'heading', level: node.depth, text: inline(node) }];
    case 'paragraph':
      return [{ kind: 'paragraph', text: inline(node) }];
    case 'list':
      return [{ kind: 'list', text: listText(node) }];
    case 'blockquote':
      return [{ kind: 'quote', text: node.children.map(inline).join('\n') }];
    case 'code':
      return [{ kind: 'code', text: node.value }];
    case 'table':
      return [{ kind: 'table', text: tableText(cellsOf(node)) }];
    case 'html':
      return readHtml(node.value, limits).blocks;
    default:
      return [];
  }
}

/** A line break of the source is a space to its reader. */
const inline = (node: object) => textIn(node, { includeHtml: false }).replaceAll('\n', ' ');

const cellsOf = (table: Table) => table.children.map(({ children }) => children.map(inline));

function listText(list: List, indent = ''): string {
  return list.children
    .map((item, i) => {
      const mark = list.ordered ? `${(list.start ?? 1) + i}.` : '-';
      return itemText(item, `${indent}${mark} `, `${indent}  `);
    })
    .join('\n');
}

function itemText(item: ListItem, mark: string, indent: string): string {
  const lines = item.children.map((node) =>
    node.type === 'list'
      ? listText(node, indent)
      : `${indent}${node.type === 'code' ? node.value : inline(node)}`,
  );
  return `${mark}${lines.join('\n').trimStart()}`;
}

/** The metadata that many tools keep in front of the text, between lines of three dashes. */
function withoutFrontMatter(text: string): { readonly body: string; readonly title?: string } {
  const lines = text.split(/\r?\n/);
  const end = lines.indexOf('---', 1);
  if (lines[0] !== '---' || end === -1) return { body: text };
  const title = lines
    .slice(1, end)
    .find((line) => line.startsWith('title:'))
    ?.slice('title:'.length)
    .trim()
    .replace(/^(["'])(.*)\1$/, '$2');
  return { body: lines.slice(end + 1).join('\n'), ...(title && { title }) };
}
