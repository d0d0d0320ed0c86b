import { failure } from '../tenancy/failures.js';
import type { Fleet } from '../tenancy/fleet.js';
import type { Plan } from '../tenancy/plan.js';

/** The plan of that name in the worker's fleet. */
export function knownPlan(fleet: Fleet, name: string): Plan {
  const plan = fleet.plans[name];
  if (plan === undefined)
    throw failure('UnknownPlan', `the worker's fleet "${fleet.name}" has no plan "${name}"`);
  return plan;
}
