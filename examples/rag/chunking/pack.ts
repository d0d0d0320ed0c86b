import type { Ruler } from './ruler.js';
import type { Run } from './runs.js';
import type { Steps } from './steps.js';

export interface Packed {
  readonly from: number;
  readonly to: number;
  readonly text: string;
}

/** Fills one passage after the other with the pieces of a run. */
export function* pack(run: Run, ruler: Ruler, room: number, overlapTokens: number): Steps<Packed[]> {
  const { pieces } = run;
  const passages: Packed[] = [];
  let start = 0;
  // The first that is in no passage yet; those from `start` to it are repeated.
  let fresh = 0;
  while (fresh < pieces.length) {
    let end = endOf(run, start, fresh, room);
    let passage = passageOf(run, ruler, start, end);
    // Some tokenizers find more tokens in a text than in its parts together.
    while (ruler.measureText(passage.text) > room && (end > fresh + 1 || start < fresh)) {
      if (start < fresh) start += 1;
      else end -= 1;
      passage = passageOf(run, ruler, start, end);
    }
    // A piece may be nothing but space, which a passage does not end with.
    if (passage.text !== '' && passage.to > (passages.at(-1)?.to ?? 0)) passages.push(passage);
    fresh = end;
    start = run.repeated ? end : startOfOverlap(run, start, end, room, overlapTokens);
    yield;
  }
  return passages;
}

/** Takes as many pieces as fit, but does not divide a block that fits into a passage of its own. */
function endOf({ pieces, leadTokens, repeated }: Run, start: number, fresh: number, room: number): number {
  let end = fresh + 1;
  let tokens = (start === 0 ? leadTokens : (repeated?.tokens ?? 0)) + sum(pieces.slice(start, end));
  for (let next = pieces[end]; next && tokens + next.tokens <= room; next = pieces[end]) {
    tokens += next.tokens;
    end += 1;
  }
  const divided = pieces[end]?.group;
  return divided && divided.first > fresh && divided.tokens <= room ? Math.min(end, divided.first) : end;
}

/** The last pieces of a passage that the next one begins with: as many as the limit allows, and never so many that a block is divided for them. */
function startOfOverlap(
  { pieces }: Run,
  first: number,
  end: number,
  room: number,
  overlapTokens: number,
): number {
  const next = pieces[end];
  if (next === undefined) return end;
  const needed = next.group.first === end && next.group.tokens <= room ? next.group.tokens : next.tokens;
  const limit = Math.min(overlapTokens, room - needed);
  let start = end;
  let tokens = 0;
  for (let i = end - 1; i > first; i -= 1) {
    tokens += pieces[i]?.tokens ?? 0;
    if (tokens > limit) break;
    start = i;
  }
  return start;
}

function passageOf(
  { from: beginning, pieces, repeated }: Run,
  { text }: Ruler,
  start: number,
  end: number,
): Packed {
  const first = start === 0 ? beginning : (pieces[start]?.from ?? beginning);
  const last = pieces[end - 1]?.to ?? first;
  const own = text.slice(first, last);
  const from = first + (own.length - own.trimStart().length);
  const to = from + own.trim().length;
  const passage = text.slice(from, to);
  return {
    from,
    to,
    text: start > 0 && repeated && passage !== '' ? `${repeated.text}\n${passage}` : passage,
  };
}

const sum = (pieces: readonly { readonly tokens: number }[]) =>
  pieces.reduce((total, { tokens }) => total + tokens, 0);
