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

const choice = fc.integer({ min: 0, max: 2_000 });
const whileItRuns = fc.integer({ min: 0, max: 1_200 });
const beforeIt = undefined;

/** What nobody can give back, such as a project, comes less often than what can be mended. */
const rarely: readonly HandName[] = ['delete the project at Neon', 'delete the compute'];
const often = handNames.filter((name) => !rarely.includes(name));
const name = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom(...often) },
  { weight: 1, arbitrary: fc.constantFrom(...rarely) },
);

const handWhile = fc.record({ name, afterMs: whileItRuns, choice });
const handAround = fc.record({
  name,
  afterMs: fc.option(whileItRuns, { freq: 3, nil: beforeIt }),
  choice,
});

const endings: ReadonlySet<Asked> = new Set<Asked>(['onboard', 'offboard', 'erase', 'undoMove']);

const operation = fc.oneof(
  // What ends a tenant comes less often, or most sequences would end early.
  { weight: 2, arbitrary: fc.constantFrom(...endings) },
  { weight: 8, arbitrary: fc.constantFrom(...asked.filter((one) => !endings.has(one))) },
);

const anyAct: fc.Arbitrary<Act> = fc.record({
  operation,
  hand: fc.option(handAround, { freq: 3, nil: undefined }),
});

/** Of all operations two create a project, and each once: by chance hardly a create would come late. */
const lateCreate: fc.Arbitrary<Act> = fc.record({
  operation: fc.constantFrom('move' as const, 'onboard' as const),
  hand: fc.record({
    name: fc.constant('let a create come late' as const),
    afterMs: fc.constant(beforeIt),
    choice,
  }),
});

const act = fc.oneof({ weight: 7, arbitrary: anyAct }, { weight: 1, arbitrary: lateCreate });

/** Before the first operation there is nothing yet to lay a hand on. */
const acts: fc.Arbitrary<readonly Act[]> = fc
  .tuple(fc.option(handWhile, { freq: 1, nil: undefined }), fc.array(act, { minLength: 4, maxLength: 4 }))
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
