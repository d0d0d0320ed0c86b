import type { Thresholds } from '../search/result.js';
import { type Asked, isAnswerable } from './measure.js';

/** What is said to questions, out of how many. */
export interface Refusals {
  readonly unanswerable: number;
  readonly answerable: number;
  /** Without an answer, and not said to have one: `not found` or `unsure`. */
  readonly notClaimed: number;
  /** Without an answer, and said to have none. */
  readonly refused: number;
  /** With an answer, but said to have none. */
  readonly falselyRefused: number;
  /** With an answer that is shown with a word of caution. */
  readonly cautioned: number;
}

export function refusalsOf(asked: readonly Asked[], { unsure, found }: Thresholds): Refusals {
  const answerable = asked.filter(isAnswerable);
  const unanswerable = asked.filter((each) => !isAnswerable(each));
  const below = (threshold: number) => (each: Asked) => each.confidence < threshold;
  const falselyRefused = answerable.filter(below(unsure)).length;
  return {
    unanswerable: unanswerable.length,
    answerable: answerable.length,
    notClaimed: unanswerable.filter(below(found)).length,
    refused: unanswerable.filter(below(unsure)).length,
    falselyRefused,
    cautioned: answerable.filter(below(found)).length - falselyRefused,
  };
}

/**
 * The thresholds that a set of questions suggests: no more than one in twenty that have an answer is refused, and of those that
 * have none no more than one in ten is said to be found.
 */
export function chooseThresholds(asked: readonly Asked[]): Thresholds {
  const answerable = confidences(asked.filter(isAnswerable));
  const unanswerable = confidences(asked.filter((each) => !isAnswerable(each)));
  const unsure = between(answerable, Math.floor(answerable.length / 20));
  return { unsure, found: Math.max(unsure, between(unanswerable, Math.ceil(unanswerable.length * 0.9))) };
}

function confidences(asked: readonly Asked[]): number[] {
  return asked.map(({ confidence }) => confidence).toSorted((a, b) => a - b);
}

/** In the middle of the gap below `index`, so that exactly so many lie below. */
function between(sorted: readonly number[], index: number): number {
  const above = sorted[index] ?? Number.POSITIVE_INFINITY;
  const below = sorted[index - 1] ?? above;
  return Number.isFinite(above) ? (above + below) / 2 : below + 0.01;
}
