import type { Block } from '../extract/extracted.js';
import { type PlacedBlock, placesOf } from './text-of.js';

/** What stands below one heading, or below several of which nothing parts the one from the next. */
export interface Section {
  /** The headings above, outermost first, joined by ' › '. */
  readonly path: string;
  readonly headings: readonly PlacedBlock[];
  readonly content: readonly PlacedBlock[];
}

/** A heading this long is a paragraph in disguise; a path has the beginning of it. */
const longestInPath = 200;

export function sectionsOf(blocks: readonly Block[]): Section[] {
  const sections: Section[] = [];
  const above: { readonly level: number; readonly text: string }[] = [];
  let headings: PlacedBlock[] = [];
  let content: PlacedBlock[] = [];

  const end = () => {
    const path = above.map(({ text }) => text).join(' › ');
    sections.push({ path, headings, content });
    headings = [];
    content = [];
  };

  for (const placed of placesOf(blocks)) {
    const { block } = placed;
    if (block.text.trim() === '') continue;
    if (block.kind !== 'heading') {
      content.push(placed);
      continue;
    }
    if (content.length > 0) end();
    while ((above.at(-1)?.level ?? 0) >= block.level) above.pop();
    above.push({ level: block.level, text: shortened(block.text) });
    headings.push(placed);
  }
  if (content.length > 0) end();
  // Headings at the very end have nothing to introduce; they are the last words of what is before them.
  if (headings.length > 0) {
    const last = sections.pop();
    if (last) sections.push({ ...last, content: [...last.content, ...headings] });
    else sections.push({ path: above.map(({ text }) => text).join(' › '), headings: [], content: headings });
  }
  return sections;
}

function shortened(text: string): string {
  // A half of a character at the end of what is looked at is no part of the line.
  const line = text
    .slice(0, 2 * longestInPath)
    .replace(/\p{Surrogate}$/u, '')
    .replaceAll(/\s+/g, ' ')
    .trim();
  return line.length <= longestInPath ? line : `${Array.from(line).slice(0, longestInPath).join('')}…`;
}
