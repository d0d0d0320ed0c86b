import { fleetNamePattern, fleetNameRule } from './fleet-name.js';
import { textProblem } from './storable.js';
import { tenantIdProblem } from './tenant-id.js';

/**
 * Describes what is wrong with a run's input, in one sentence; `undefined` when it is valid. A client checks before
 * it starts a run, but Temporal's own command starts runs with any input.
 */
export function runInputProblem(input: unknown): string | undefined {
  const tenant = fieldOf(input, 'tenant');
  const fleet = fieldOf(tenant, 'fleet');
  if (typeof fleet !== 'string' || !fleetNamePattern.test(fleet))
    return `the name of a fleet ${fleetNameRule}`;
  return tenantIdProblem(fieldOf(tenant, 'id')) ?? textProblem(input);
}

function fieldOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}
