import { ownCommand } from '../../local/own-command.js';
import { EnvironmentError } from '../../tenancy/environment.js';
import { readWorkerConfiguration } from '../../worker/configuration.js';
import { readFleet } from '../../worker/load-fleet.js';
import { type Check, ok, problem } from './check.js';

/** All settings of a worker are present and valid. */
export const environment: Check = {
  name: 'environment',
  needs: [],
  async make({ environment: variables, origin, read }) {
    // The fleet's own check reports a fleet that does not load.
    const fleet = await readFleet(read('TENANTRY_CONFIG')).catch(() => undefined);
    try {
      readWorkerConfiguration(variables, fleet);
      return ok(origin);
    } catch (error) {
      if (!(error instanceof EnvironmentError)) throw error;
      return problem(
        error.problems.join('; '),
        `set or correct these variables, or keep a local stack up with: ${ownCommand} up`,
      );
    }
  },
};
