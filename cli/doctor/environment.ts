import { ownCommand } from '../../local/own-command.js';
import { EnvironmentError } from '../../tenancy/environment.js';
import { readWorkerConfiguration } from '../../worker/configuration.js';
import { type Check, ok, problem } from './check.js';

/** Everything that a worker reads is there and can be read. */
export const environment: Check = {
  name: 'environment',
  needs: [],
  async make({ environment: variables, origin }) {
    try {
      readWorkerConfiguration(variables);
      return ok(origin);
    } catch (error) {
      if (!(error instanceof EnvironmentError)) throw error;
      return problem(
        error.problems.join('; '),
        `set or mend these variables, or keep a local stack up with: ${ownCommand} up`,
      );
    }
  },
};
