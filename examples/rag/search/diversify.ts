/**
 * Maximal marginal relevance (Carbonell and Goldstein, SIGIR 1998): which `count` to take, in what order, so that none repeats
 * another. `relevances` are between 0 and 1; `lambda` 1 takes relevance alone.
 */
export function diversify(
  relevances: readonly number[],
  similarities: readonly (readonly number[])[],
  lambda: number,
  count: number,
): number[] {
  const chosen: number[] = [];
  const open = new Set(relevances.keys());
  while (chosen.length < count && open.size > 0) {
    let best = { index: -1, worth: Number.NEGATIVE_INFINITY };
    for (const index of open) {
      const repetition = Math.max(0, ...chosen.map((other) => similarities[index]?.[other] ?? 0));
      const worth = lambda * (relevances[index] ?? 0) - (1 - lambda) * repetition;
      if (worth > best.worth) best = { index, worth };
    }
    chosen.push(best.index);
    open.delete(best.index);
  }
  return chosen;
}
