import type { Block } from '../extract/extracted.js';
import { type Packed, pack } from './pack.js';
import { rulerFor } from './ruler.js';
import { runsOf } from './runs.js';
import { sectionsOf } from './sections.js';
import { allAtOnce, inTurns, type Steps } from './steps.js';
import { textOf } from './text-of.js';

/** A passage of a document: what is embedded, found and cited. */
export interface Chunk {
  readonly ordinal: number;
  /** The headings above it, outermost first, joined by ' › '. */
  readonly heading: string;
  /** Where it stands in `textOf(blocks)`, in UTF-16 units. */
  readonly from: number;
  readonly to: number;
  /** What stands there; in the later parts of a long table, with its first row before it. */
  readonly text: string;
  readonly tokens: number;
}

export interface ChunkSettings {
  /** No passage has more, unless a single character has. */
  readonly maxTokens: number;
  /** How much of a passage's end the next one in the section repeats at most, in whole sentences. */
  readonly overlapTokens: number;
  readonly countTokens: (text: string) => number;
}

/**
 * Cuts a document into passages along its structure. A passage lies in one section; the first of a section begins with its headings. A
 * paragraph, a list or a table that fits into a passage stays whole. The same blocks and settings give the same passages.
 */
export function chunk(blocks: readonly Block[], settings: ChunkSettings): Chunk[] {
  return allAtOnce(chunking(blocks, settings));
}

/** The same, a little at a time: a long document takes seconds, and nothing else in the process waits for it. */
export function chunkInTurns(
  blocks: readonly Block[],
  settings: ChunkSettings,
  signal?: AbortSignal,
): Promise<Chunk[]> {
  return inTurns(chunking(blocks, settings), signal);
}

function* chunking(
  blocks: readonly Block[],
  { maxTokens, overlapTokens, countTokens }: ChunkSettings,
): Steps<Chunk[]> {
  const room = maxTokens - countTokens('');
  if (!(room >= 1)) throw new RangeError(`A passage of ${maxTokens} tokens has no room for text.`);
  if (!(overlapTokens >= 0 && overlapTokens <= room / 2))
    throw new RangeError(
      `A passage of ${maxTokens} tokens cannot repeat ${overlapTokens} of the one before it.`,
    );

  const ruler = rulerFor(textOf(blocks), countTokens, maxTokens);
  const chunks: Chunk[] = [];
  const add = (heading: string, packed: Packed) =>
    chunks.push({ ordinal: chunks.length, heading, ...packed, tokens: countTokens(packed.text) });
  for (const section of sectionsOf(blocks)) {
    for (const run of yield* runsOf(section, ruler, room)) {
      for (const packed of yield* pack(run, ruler, room, overlapTokens)) {
        add(section.path, packed);
        yield;
      }
    }
  }
  return chunks;
}
