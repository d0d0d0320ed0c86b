import type { Block } from './extracted.js';
import type { Line } from './pdf-lines.js';

/** Letters this much larger than those of the text are a heading's. */
const headingFactor = 1.15;
const longestHeading = 200;
/** Lines this much further apart than usual are of two paragraphs. */
const gapFactor = 1.3;
/** In sizes of the letters. */
const smallestIndent = 0.8;

export function blocksOfLines(pages: readonly (readonly Line[])[]): Block[] {
  const lines = pages.flat();
  const body = mostOf(
    lines,
    ({ size }) => size,
    ({ text }) => text.length,
  );
  const usualGap = usualGapOf(pages);
  const paragraphs: Line[][] = [];
  for (const page of pages) {
    page.forEach((line, i) => {
      const before = i > 0 ? page[i - 1] : paragraphs.at(-1)?.at(-1);
      const goesOn = before && (i > 0 ? isSameParagraph(before, line, usualGap) : isOverPage(before, line));
      if (goesOn) paragraphs.at(-1)?.push(line);
      else paragraphs.push([line]);
    });
  }
  const levels = levelsOf(paragraphs, body);
  return joinLists(paragraphs.map((paragraph) => blockOf(paragraph, levels)));
}

function isSameParagraph(before: Line, line: Line, usualGap: number): boolean {
  if (before.size !== line.size || isItem(line)) return false;
  const gap = before.bottom - line.bottom;
  // The next column begins above where the last one ended.
  if (gap <= 0) return isUnfinished(before, line);
  return (
    gap <= usualGap * (line.size > 0 ? gapFactor : 1) && line.left - before.left < smallestIndent * line.size
  );
}

const isOverPage = (before: Line, line: Line) =>
  before.size === line.size && !isItem(line) && isUnfinished(before, line);

const isUnfinished = (before: Line, line: Line) =>
  !/[.!?:;]["'”’)\]]?$/.test(before.text) && /^\p{Ll}/u.test(line.text);

const isItem = ({ text }: Line) => /^[•◦▪‣●○■·–-]\s/.test(text);

/** Between two lines of the same letters on one page. */
function usualGapOf(pages: readonly (readonly Line[])[]): number {
  const gaps = pages.flatMap((page) =>
    page.slice(1).flatMap((line, i) => {
      const before = page[i];
      const gap = before ? before.bottom - line.bottom : 0;
      return before?.size === line.size && gap > 0 && gap < 3 * line.size ? [gap] : [];
    }),
  );
  return mostOf(gaps, (gap) => Math.round(gap * 2) / 2) || Number.POSITIVE_INFINITY;
}

/** The largest letters are those of the highest heading. */
function levelsOf(paragraphs: readonly (readonly Line[])[], body: number): readonly number[] {
  const sizes = paragraphs.filter(isShort).map(([first]) => first?.size ?? 0);
  return [...new Set(sizes)].filter((size) => size >= body * headingFactor).sort((a, b) => b - a);
}

const isShort = (paragraph: readonly Line[]) =>
  paragraph.reduce((sum, { text }) => sum + text.length, 0) <= longestHeading;

function blockOf(paragraph: readonly Line[], levels: readonly number[]): Block {
  const text = joined(paragraph);
  const [first] = paragraph;
  const level = first && isShort(paragraph) ? levels.indexOf(first.size) + 1 : 0;
  if (level > 0) return { kind: 'heading', level: Math.min(level, 6) as 1 | 2 | 3 | 4 | 5 | 6, text };
  return { kind: first && isItem(first) ? 'list' : 'paragraph', text };
}

/** A word that a line divides becomes whole again. */
function joined(lines: readonly Line[]): string {
  return lines.reduce((text, line) => {
    if (text === '') return line.text;
    const isDivided = /\p{L}[-\u00ad]$/u.test(text) && /^\p{Ll}/u.test(line.text);
    return isDivided ? text.slice(0, -1) + line.text : `${text} ${line.text}`;
  }, '');
}

function joinLists(blocks: readonly Block[]): Block[] {
  const joined: Block[] = [];
  for (const block of blocks) {
    const last = joined.at(-1);
    if (block.kind === 'list' && last?.kind === 'list')
      joined.splice(-1, 1, { ...last, text: `${last.text}\n${block.text}` });
    else joined.push(block);
  }
  return joined;
}

/** The value that most things have, each with its weight; of equals the first. */
function mostOf<T>(
  things: readonly T[],
  measureOf: (thing: T) => number = Number,
  weightOf: (thing: T) => number = () => 1,
): number {
  const weights = new Map<number, number>();
  for (const thing of things)
    weights.set(measureOf(thing), (weights.get(measureOf(thing)) ?? 0) + weightOf(thing));
  return [...weights].reduce((most, next) => (next[1] > most[1] ? next : most), [0, 0])[0];
}
