import fc from 'fast-check';
import { type TenantState, transitionOf } from '../../tenancy/lifecycle.js';

/** The operations that a sequence is made of. Each is asked for whatever state the tenant is in. */
export const asked = [
  'onboard',
  'suspend',
  'resume',
  'repair',
  'changePlan',
  'rotateCredentials',
  'snapshot',
  'restore',
  'branch',
  'move',
  'undoMove',
  'offboard',
  'erase',
] as const;

export type Asked = (typeof asked)[number];

export interface Move {
  readonly operation: Asked;
  /** Cancel it after so many milliseconds. Whether that comes too late, nobody can know before. */
  readonly cancelAfter: number | undefined;
}

/** What a tenant must be, by the table alone. */
export interface Model {
  readonly state: TenantState | 'none';
  readonly plan: 'free' | 'pro';
}

export const newcomer: Model = { state: 'none', plan: 'free' };

export const otherPlan = (plan: Model['plan']) => (plan === 'free' ? 'pro' : 'free');

/** Where an operation leads from here; `undefined` when it is refused. */
export function after({ state, plan }: Model, operation: Asked): Model | undefined {
  const { from, succeeded, repeatable } = transitionOf(operation);
  // Onboarding again on the plan that a tenant has finds it ready.
  if (operation === 'onboard' && state === 'ready') return plan === 'free' ? { state, plan } : undefined;
  if (repeatable && state === succeeded) return { state, plan };
  if (!from.includes(state)) return undefined;
  const to = succeeded === 'as-before' ? state : succeeded;
  if (operation === 'onboard') return { state: to, plan: 'free' };
  return { state: to, plan: operation === 'changePlan' ? otherPlan(plan) : plan };
}

/** Where it may lead when it was cancelled: as before, or, once there is no way back, no further than half-way. */
export function cancelled({ state, plan }: Model, operation: Asked): Model[] {
  const { failed, during } = transitionOf(operation);
  const undone = { state: failed === 'as-before' ? state : failed, plan };
  return final.has(operation) ? [undone, { state: during, plan }] : [undone];
}

/** What these have deleted, nobody brings back; asked for again, they go on. */
const final: ReadonlySet<Asked> = new Set<Asked>(['offboard', 'erase']);

const move: fc.Arbitrary<Move> = fc.record({
  // More of what opens a state than of what closes one, or most sequences would end early.
  operation: fc.oneof(
    { weight: 2, arbitrary: fc.constant<Asked>('onboard') },
    { weight: 1, arbitrary: fc.constant<Asked>('resume') },
    { weight: 9, arbitrary: fc.constantFrom(...asked) },
  ),
  cancelAfter: fc.option(fc.integer({ min: 0, max: 1_500 }), { freq: 6, nil: undefined }),
});

/** Ten operations, whatever they are. The first brings the tenant up, or nine in ten would be refused. */
export const sequence: fc.Arbitrary<readonly Move[]> = fc
  .array(move, { minLength: 9, maxLength: 9 })
  .map((moves) => [{ operation: 'onboard', cancelAfter: undefined }, ...moves]);
