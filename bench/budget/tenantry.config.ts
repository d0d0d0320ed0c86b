import { defineFleet } from '../../tenancy/fleet.js';

/** Tenants without databases: what is measured is what they ask of Neon. */
export default defineFleet({
  name: 'bench-budget',
  defaultPlan: 'bench',
  plans: { bench: { region: 'aws-us-east-1' } },
});
