import type { Timings } from '../tenancy/timings.js';
import type { Dependencies } from './dependencies.js';

/** The fleet's durations, for a run that was started by somebody who does not know the fleet. */
export function readTimings({ fleet }: Dependencies) {
  return async (_: { readonly tenant: { readonly fleet: string } }): Promise<Timings> => fleet.timings;
}
