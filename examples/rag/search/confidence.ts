import type { Scores } from './result.js';

/** Nearness in meaning and words that are there, in one figure: neither alone tells a near miss from an answer. */
export function confidenceOf(scores: readonly Scores[]): number {
  return Math.max(0, ...scores.map(({ cosine, coverage }) => cosine + coverageWeight * coverage));
}

const coverageWeight = 0.3;

/** By `npm run eval:rag`, which says how they were chosen. Another model's cosines lie elsewhere. */
const measuredThresholds: Readonly<Record<string, number>> = {};

export function thresholdFor(model: string): number | undefined {
  return measuredThresholds[model];
}
