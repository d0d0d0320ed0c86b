import type { LookAgain } from '../../catalog/projects.js';
import type { Timings } from '../../tenancy/timings.js';

/** The last look comes so many times later than the first: a day after it, and an hour. */
const lastLook = 24;

/** When a create whose reply was lost is looked for again, independent of the run that sent it. */
export function lookAgain({ createLook }: Pick<Timings, 'createLook'>): LookAgain {
  return [createLook, createLook * lastLook];
}
