import { defineFleet } from '../../tenancy/fleet.js';

/** Durations as they are by default. */
export default defineFleet({
  name: 'bench',
  defaultPlan: 'bench',
  plans: { bench: { region: 'aws-us-east-1', compute: { maxCu: 0.25 } } },
  migrations: 'migrations',
});
