import { defineFleet } from '../../tenancy/fleet.js';

/** Its tenants are made by SQL at the first migration, and a rollout brings them to the second. */
export default defineFleet({
  name: 'bench-fleet',
  defaultPlan: 'bench',
  plans: { bench: { region: 'aws-us-east-1' } },
  migrations: 'migrations',
});
