import type { Block } from '../extract/extracted.js';

const between = '\n\n';

/** The text of a document, which passages are places in: its blocks, with an empty line between them. */
export function textOf(blocks: readonly Block[]): string {
  return blocks.map(({ text }) => text).join(between);
}

export interface PlacedBlock {
  readonly block: Block;
  readonly from: number;
  readonly to: number;
}

/** Where each block stands in `textOf`. */
export function placesOf(blocks: readonly Block[]): PlacedBlock[] {
  let from = 0;
  return blocks.map((block) => {
    const to = from + block.text.length;
    const placed = { block, from, to };
    from = to + between.length;
    return placed;
  });
}
