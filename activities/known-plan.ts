import type { Fleet } from '../tenancy/fleet.js';
import type { Plan } from '../tenancy/plan.js';
import { lackingPlan } from './lacking.js';

/**
 * The plan of that name in the worker's fleet. Throws `UnknownPlan`, which makes a regular activity wait for
 * another worker.
 */
export function knownPlan(fleet: Fleet, name: string): Plan {
  const plan = Object.hasOwn(fleet.plans, name) ? fleet.plans[name] : undefined;
  if (plan === undefined) throw lackingPlan(fleet, name);
  return plan;
}
