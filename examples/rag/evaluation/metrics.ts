/** Of each place in a ranking, best first: which answers the passage there contains. */
export type Ranking = readonly (readonly number[])[];

/** The share of the answers that the first `k` passages contain. */
export function recallAt(k: number, ranking: Ranking, answers: number): number {
  return new Set(ranking.slice(0, k).flat()).size / answers;
}

/** One divided by the place of the first passage that contains an answer; 0 if none does. */
export function reciprocalRank(ranking: Ranking): number {
  const place = ranking.findIndex((found) => found.length > 0);
  return place === -1 ? 0 : 1 / (place + 1);
}

/**
 * Normalized discounted cumulative gain (Järvelin and Kekäläinen, 2002) with a gain of 1: a passage counts if it contains an
 * answer that none before it had. The ideal ranking has one answer at each of its first places.
 */
export function ndcgAt(k: number, ranking: Ranking, answers: number): number {
  const seen = new Set<number>();
  const gains = ranking.slice(0, k).map((found) => {
    const fresh = found.some((answer) => !seen.has(answer));
    for (const answer of found) seen.add(answer);
    return fresh ? 1 : 0;
  });
  const ideal = new Array<number>(Math.min(k, answers)).fill(1);
  return discounted(gains) / discounted(ideal);
}

function discounted(gains: readonly number[]): number {
  return gains.reduce((sum, gain, place) => sum + gain / Math.log2(place + 2), 0);
}

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
