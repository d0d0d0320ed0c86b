import fc from 'fast-check';
import { type Asked, asked } from '../lifecycle/model.js';
import { type HandName, handNames } from './hands.js';

/** An operation, and a hand that is laid on the installation around that time. */
export interface Act {
  readonly operation: Asked;
  readonly hand: LaidHand | undefined;
}

export interface LaidHand {
  readonly name: HandName;
  /** So many milliseconds after the operation is asked for; before that where it is not said. */
  readonly afterMs: number | undefined;
  readonly choice: number;
}

const laidHand: fc.Arbitrary<LaidHand> = fc.record({
  name: fc.constantFrom(...handNames),
  afterMs: fc.option(fc.integer({ min: 0, max: 1_500 }), { freq: 3, nil: undefined }),
  choice: fc.integer({ min: 0, max: 2_000 }),
});

const hand = fc.option(laidHand, { freq: 2, nil: undefined });

const act: fc.Arbitrary<Act> = fc.record({
  operation: fc.oneof(
    { weight: 2, arbitrary: fc.constant<Asked>('onboard') },
    { weight: 2, arbitrary: fc.constant<Asked>('resume') },
    // It can end a sequence, and every sequence ends with it.
    { weight: 12, arbitrary: fc.constantFrom(...asked.filter((operation) => operation !== 'erase')) },
  ),
  hand,
});

const acts: fc.Arbitrary<readonly Act[]> = fc
  .tuple(hand, fc.array(act, { minLength: 4, maxLength: 4 }))
  .map(([first, others]) => [{ operation: 'onboard', hand: first }, ...others]);

/** The sequence of a seed: one seed, one sequence. */
export function actsOf(seed: number): readonly Act[] {
  const [one] = fc.sample(fc.noBias(acts), { seed, numRuns: 1 });
  if (one === undefined) throw new Error('nothing was sampled');
  return one;
}

export function actInWords({ operation, hand }: Act): string {
  if (hand === undefined) return operation;
  const when = hand.afterMs === undefined ? 'before it' : `after ${hand.afterMs} ms`;
  return `${operation}, and ${when} ${hand.name} (${hand.choice})`;
}
