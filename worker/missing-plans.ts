import type { pino } from 'pino';
import type { Fleet } from '../tenancy/fleet.js';
import { type MissingPlan, missingPlans } from './check-catalog.js';

/** The longest time that a start waits for the check. */
const patienceMs = 10_000;

/**
 * Logs a line for each plan that tenants are on and that this worker's fleet lacks. The worker starts anyway, because
 * other workers may have the plan.
 */
export async function warnOfMissingPlans(log: pino.Logger, catalogUrl: string, fleet: Fleet): Promise<void> {
  try {
    for (const missing of await missingPlans(catalogUrl, fleet, patienceMs))
      log.warn({ ...missing }, missingPlanLine(missing));
  } catch (error) {
    log.warn({ error }, 'could not look which plans tenants have');
  }
}

/** The sentence about one missing plan, for a person. */
export function missingPlanLine({ plan, count, some }: MissingPlan): string {
  const others = count > some.length ? ` and ${count - some.length} more` : '';
  const tenants = count === 1 ? '1 tenant has' : `${count} tenants have`;
  return `${tenants} the plan "${plan}", which the fleet lacks: ${some.join(', ')}${others}`;
}
