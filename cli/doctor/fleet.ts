import { FleetFileError, readFleet } from '../../worker/load-fleet.js';
import { type Check, ok, problem } from './check.js';

/** The fleet's file exists, runs, and defines a fleet. */
export const fleet: Check = {
  name: 'fleet',
  needs: [],
  async make({ read }) {
    const file = read('TENANTRY_CONFIG');
    try {
      const { name, plans } = await readFleet(file);
      return ok(`fleet "${name}" of ${file}, with the plans ${Object.keys(plans).join(', ')}`);
    } catch (error) {
      if (!(error instanceof FleetFileError)) throw error;
      return problem(error.message, 'write or fix that file, or name another in TENANTRY_CONFIG');
    }
  },
};
