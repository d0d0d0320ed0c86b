export interface Placed {
  readonly place: number;
  readonly ids: readonly number[];
}

/** Texts of a like length go together, so that little of a batch is padding. Each keeps its place in the order that was asked for. */
export function batchesOf(tokens: readonly (readonly number[])[], size: number): Placed[][] {
  const byLength = tokens.map((ids, place) => ({ place, ids })).sort((a, b) => a.ids.length - b.ids.length);
  const batches: Placed[][] = [];
  for (let i = 0; i < byLength.length; i += size) batches.push(byLength.slice(i, i + size));
  return batches;
}
