import type { LookAgain } from '../../catalog/projects.js';
import type { Timings } from '../../tenancy/timings.js';

/**
 * The last look comes this many times later than the first: about a day after the create, if the first comes
 * after an hour.
 */
const lastLook = 24;

/** When to look again for a create whose reply was lost, independently of the run that sent it. */
export function lookAgain({ createLook }: Pick<Timings, 'createLook'>): LookAgain {
  return [createLook, createLook * lastLook];
}
