/** Where a text that is still growing may be cut without parting a citation, a link or a tag: before one that has no end yet. */
export function wholePiece(text: string): number {
  const open = text.search(unfinished);
  // What does not end for so long is none of them.
  return open === -1 || text.length - open > longest ? text.length : open;
}

const longest = 2_000;

const unfinished = /!$|!?\[[^\]]*$|!?\[[^\]]*\]$|!?\[[^\]]*\]\([^)]*$|<[^>]*$/;
