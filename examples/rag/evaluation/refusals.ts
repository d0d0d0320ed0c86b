import type { Thresholds } from '../search/result.js';
import { type Asked, isAnswerable } from './measure.js';
import { splitsOf } from './questions.js';

/** What is said to questions, out of how many, where no language model reads the passages. */
export interface Refusals {
  readonly unanswerable: number;
  readonly answerable: number;
  /** Without an answer, and said to have none. */
  readonly refused: number;
  /** Without an answer, and not said to have one: refused, or answered with a word of caution. */
  readonly notClaimed: number;
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
    refused: unanswerable.filter(below(unsure)).length,
    notClaimed: unanswerable.filter(below(found)).length,
    falselyRefused,
    cautioned: answerable.filter(below(found)).length - falselyRefused,
  };
}

/** What becomes of each part of the questions by the thresholds that all other parts suggest, added up. */
export function heldOutRefusals(asked: readonly Asked[], parts: number): Refusals {
  return splitsOf(asked, parts)
    .map(({ chosenBy, heldOut }) => refusalsOf(heldOut, chooseThresholds(chosenBy)))
    .reduce((sum, each) => ({
      unanswerable: sum.unanswerable + each.unanswerable,
      answerable: sum.answerable + each.answerable,
      refused: sum.refused + each.refused,
      notClaimed: sum.notClaimed + each.notClaimed,
      falselyRefused: sum.falselyRefused + each.falselyRefused,
      cautioned: sum.cautioned + each.cautioned,
    }));
}

/**
 * The thresholds that a set of questions suggests. Of those without an answer 92 in 100 are refused, a little more than nine in ten,
 * because of others it will be less, and 97 are not said to be found. Of those with one a language model is asked about 95.
 */
export function chooseThresholds(asked: readonly Asked[]): Thresholds {
  const answerable = confidences(asked.filter(isAnswerable));
  const unanswerable = confidences(asked.filter((each) => !isAnswerable(each)));
  const share = (percent: number) => between(unanswerable, Math.ceil((unanswerable.length * percent) / 100));
  const unsure = share(92);
  return {
    hopeless: Math.min(unsure, between(answerable, Math.floor(answerable.length / 20))),
    unsure,
    found: Math.max(unsure, share(97)),
  };
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
