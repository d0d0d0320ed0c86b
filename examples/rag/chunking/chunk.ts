import type { Block } from '../extract/extracted.js';
import { pack } from './pack.js';
import { rulerFor } from './ruler.js';
import { runsOf } from './runs.js';
import { sectionsOf } from './sections.js';
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
export function chunk(
  blocks: readonly Block[],
  { maxTokens, overlapTokens, countTokens }: ChunkSettings,
): Chunk[] {
  const room = maxTokens - countTokens('');
  if (!(room >= 1)) throw new RangeError(`A passage of ${maxTokens} tokens has no room for text.`);
  if (!(overlapTokens >= 0 && overlapTokens <= room / 2))
    throw new RangeError(
      `A passage of ${maxTokens} tokens cannot repeat ${overlapTokens} of the one before it.`,
    );

  const ruler = rulerFor(textOf(blocks), countTokens, maxTokens);
  const passages = sectionsOf(blocks).flatMap((section) =>
    runsOf(section, ruler, room)
      .flatMap((run) => pack(run, ruler, room, overlapTokens))
      .map((packed) => ({ heading: section.path, ...packed })),
  );
  return passages.map((passage, ordinal) => ({ ordinal, ...passage, tokens: countTokens(passage.text) }));
}
