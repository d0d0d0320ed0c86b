import type { Block } from '../extract/extracted.js';
import type { Ruler } from './ruler.js';
import type { Steps } from './steps.js';
import type { PlacedBlock } from './text-of.js';

/** What passages are put together of. It reaches to where the next one begins, so its tokens count what stands between them. */
export interface Piece {
  readonly from: number;
  readonly to: number;
  readonly tokens: number;
}

/** Where each part ends, the last at `to`. */
type Split = (text: string, from: number, to: number) => Iterable<number>;

const splits: Record<Block['kind'], readonly Split[]> = {
  heading: [sentences],
  paragraph: [sentences],
  quote: [sentences],
  list: [lines, sentences],
  code: [lines],
  table: [lines],
};

/** A block in pieces, its sentences or lines. One that is longer than the limit is cut, between words where there are any. */
export function piecesOf({ block, from, to }: PlacedBlock, ruler: Ruler, maxTokens: number): Steps<Piece[]> {
  return divide(from, to, splits[block.kind], ruler, maxTokens);
}

function* divide(
  from: number,
  to: number,
  [split, ...finer]: readonly Split[],
  ruler: Ruler,
  maxTokens: number,
): Steps<Piece[]> {
  if (split === undefined) return yield* cut(from, to, ruler, maxTokens);
  const pieces: Piece[] = [];
  let start = from;
  for (const end of split(ruler.text, from, to)) {
    const tokens = ruler.measure(start, end);
    if (tokens <= maxTokens) pieces.push({ from: start, to: end, tokens });
    else for (const piece of yield* divide(start, end, finer, ruler, maxTokens)) pieces.push(piece);
    start = end;
    yield;
  }
  return pieces;
}

const segmenter = new Intl.Segmenter('en', { granularity: 'sentence' });

/**
 * The segmenter takes time in proportion to the square of what it is given, so it is given so much at a time. A sentence that is longer fits into
 * no passage, and is cut anyway.
 */
const segmented = 4_000;

/** The line breaks of a paragraph are those of its layout, and end no sentence. */
function* sentences(text: string, from: number, to: number): Generator<number> {
  for (let start = from; start < to; ) {
    const until = Math.min(to, start + segmented);
    const part = text.slice(start, until).replaceAll('\n', ' ');
    const ends = Array.from(segmenter.segment(part), ({ index, segment }) => start + index + segment.length);
    // The last one may go on.
    if (until < to) ends.pop();
    const last = ends.at(-1) ?? betweenWords(text, start, until);
    yield* ends.length === 0 ? [last] : ends;
    start = last;
  }
}

function* lines(text: string, from: number, to: number): Generator<number> {
  for (let at = text.indexOf('\n', from); at !== -1 && at + 1 < to; at = text.indexOf('\n', at + 1))
    yield at + 1;
  yield to;
}

/** Small enough that several fit where one does not, and that the last can be repeated in the next passage. */
const cutsInPassage = 8;

function* cut(from: number, to: number, ruler: Ruler, maxTokens: number): Steps<Piece[]> {
  const target = Math.max(1, Math.floor(maxTokens / cutsInPassage));
  const pieces: Piece[] = [];
  for (let start = from; start < to; ) {
    let end = Math.min(to, start + 8 * target);
    while (ruler.measure(start, end) > target && end - start > 1) end = start + Math.ceil((end - start) / 2);
    if (end < to) end = betweenWords(ruler.text, start, end);
    pieces.push({ from: start, to: end, tokens: ruler.measure(start, end) });
    start = end;
    yield;
  }
  return pieces;
}

function betweenWords(text: string, from: number, to: number): number {
  for (let at = to; at > from; at -= 1) if (/\s/.test(text.charAt(at - 1))) return at;
  return betweenCharacters(text, to);
}

/** Not between the two halves of one. */
function betweenCharacters(text: string, at: number): number {
  return (text.codePointAt(at - 1) ?? 0) > 0xffff ? at + 1 : at;
}
