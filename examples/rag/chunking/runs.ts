import { type Piece, piecesOf } from './pieces.js';
import type { Ruler } from './ruler.js';
import type { Section } from './sections.js';
import type { Steps } from './steps.js';
import type { PlacedBlock } from './text-of.js';

/** Pieces that follow one another, to be packed into passages. */
export interface Run {
  /** Where the first passage begins: at its first piece, or at the headings before it. */
  readonly from: number;
  /** Of those headings. */
  readonly leadTokens: number;
  readonly pieces: readonly GroupedPiece[];
  /** The first row of a table, which every passage but the first repeats. */
  readonly repeated?: { readonly text: string; readonly tokens: number };
}

/** The pieces of one block are a group, which stays together where it fits into a passage. */
export interface GroupedPiece extends Piece {
  readonly group: { readonly first: number; readonly tokens: number };
}

/** A section is one run, but for its tables that fit into no passage: each is a run of its own. */
export function* runsOf({ headings, content }: Section, ruler: Ruler, room: number): Steps<Run[]> {
  const lead = leadOf(headings, content, ruler, room);
  const runs: Run[] = [];
  let flowing: PlacedBlock[] = [];
  const leadTokens = () => (runs.length === 0 ? lead.tokens : 0);
  const from = (first: PlacedBlock) => (runs.length === 0 ? lead.from : first.from);

  function* endFlowing(): Steps<void> {
    const [first] = flowing;
    if (first) {
      const pieces = yield* flow(flowing, ruler, room - leadTokens());
      runs.push({ from: from(first), leadTokens: leadTokens(), pieces });
    }
    flowing = [];
  }

  for (const block of lead.content) {
    if (block.block.kind !== 'table') {
      flowing.push(block);
      continue;
    }
    const isFirst = flowing.length === 0;
    if (ruler.measure(block.from, block.to) <= room - between(ruler) - (isFirst ? leadTokens() : 0))
      flowing.push(block);
    else {
      yield* endFlowing();
      const cut = yield* rows(block, ruler, room - leadTokens());
      runs.push({ from: from(block), leadTokens: leadTokens(), ...cut });
    }
  }
  yield* endFlowing();
  return runs;
}

/** What stands between two blocks counts to the first of them. */
const between = (ruler: Ruler) => ruler.measureText('\n\n');

/** Headings that would fill most of a passage are text like any other. */
function leadOf(
  headings: readonly PlacedBlock[],
  content: readonly PlacedBlock[],
  ruler: Ruler,
  room: number,
) {
  const [first, last] = [headings[0], headings.at(-1)];
  if (!first || !last) return { from: content[0]?.from ?? 0, tokens: 0, content };
  const tokens = ruler.measure(first.from, last.to) + between(ruler);
  if (tokens > room / 2) return { from: first.from, tokens: 0, content: [...headings, ...content] };
  return { from: first.from, tokens, content };
}

function* flow(blocks: readonly PlacedBlock[], ruler: Ruler, room: number): Steps<GroupedPiece[]> {
  const gap = between(ruler);
  const grouped: GroupedPiece[] = [];
  for (const block of blocks) {
    const isWhole = block.block.kind === 'table';
    const whole = { from: block.from, to: block.to, tokens: ruler.measure(block.from, block.to) };
    const pieces = isWhole ? [whole] : yield* piecesOf(block, ruler, room - gap);
    const sum = pieces.reduce((total, { tokens }) => total + tokens, gap);
    const group = { first: grouped.length, tokens: sum };
    for (const [i, { from, to, tokens }] of pieces.entries()) {
      grouped.push({ from, to, tokens: i === pieces.length - 1 ? tokens + gap : tokens, group });
      yield;
    }
  }
  return grouped;
}

function* rows(table: PlacedBlock, ruler: Ruler, room: number): Steps<Pick<Run, 'pieces' | 'repeated'>> {
  const [head = ''] = table.block.text.trim().split('\n', 1);
  const tokens = ruler.measureText(`${head}\n`);
  const repeated = tokens <= room / 2 ? { text: head, tokens } : undefined;
  const pieces: GroupedPiece[] = [];
  for (const { from, to, tokens } of yield* piecesOf(table, ruler, room - (repeated?.tokens ?? 0))) {
    pieces.push({ from, to, tokens, group: { first: pieces.length, tokens } });
    yield;
  }
  return { pieces, ...(repeated && { repeated }) };
}
